// The decode cache never gives another file's pixels: whatever replaces a file, whoever made the cache, whoever else writes
// to it. What it costs when it must decode anew is load-images.test.ts' business.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import fs, {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import sharp from "sharp";
import { dicomFile, gradient, pictureElements } from "../../test/support/dicom-writer.js";
import { projectRoot } from "../../test/support/paths.js";
import {
  cacheFile,
  makeRandomDataset,
  pixelsOfFiles,
  type RandomDataset,
  randomImage,
} from "../../test/support/random-dataset.js";
import { lookBytes } from "./copies/look.js";
import { type LoadOptions, loadImages } from "./load-images.js";
import type { Sample } from "./sample.js";

const top = mkdtempSync(join(tmpdir(), "decode-cache-"));
after(() => rmSync(top, { recursive: true }));
const size = 16;
/** Every file of these tests has this size. */
const bytes = 2048;
const posix = { skip: process.platform === "win32" && "Windows has no such permissions" };

/** As if files had been written long ago: they are known by their stamps. */
const later = () => Date.now() + 60_000;
const load = ({ samples, cacheFolder }: RandomDataset, options: LoadOptions = {}) =>
  loadImages(samples, { size, cacheFolder, now: later, ...options });
const sha256Of = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

async function makeDataset(name: string, n = 2): Promise<RandomDataset> {
  const made = await makeRandomDataset(top, name, n);
  for (const { path, name: seed } of made.samples) await writeImage(path, seed);
  return made;
}

/** Equal sizes and times of modification for all. */
async function writeImage(path: string, seed: string): Promise<void> {
  writeFileSync(path, await randomImage(seed, { bytes }));
  utimesSync(path, 1000, 1000);
}

async function requireTruth(loaded: Awaited<ReturnType<typeof load>>, samples: readonly Sample[]): Promise<void> {
  assert.deepEqual(loaded.loaded, samples);
  assert.deepEqual(loaded.pixels, await pixelsOfFiles(samples, size));
  assert.deepEqual(
    loaded.sha256,
    samples.map(({ path }) => sha256Of(readFileSync(path))),
  );
}

/** Longer than a step of the file system's clock here, which `later` otherwise claims has passed. */
const clockStep = () => setTimeout(30);

test("a file replaced by another of equal size and modification time gives the new pixels", async () => {
  const dataset = await makeDataset("replaced");
  const [first, second, third] = dataset.samples as [Sample, Sample, Sample];
  await load(dataset);
  assert.deepEqual((await load(dataset)).cache, { hits: 4, compared: 0, decoded: 0 });
  await clockStep();
  await writeImage(first.path, "in place"); // the same inode
  await writeImage(`${second.path}.new`, "renamed");
  renameSync(`${second.path}.new`, second.path);
  copyFileSync((dataset.samples[3] as Sample).path, third.path);
  utimesSync(third.path, 1000, 1000);
  const loaded = await load(dataset);
  await requireTruth(loaded, dataset.samples);
  assert.deepEqual(loaded.cache, { hits: 2, compared: 1, decoded: 2 });
});

test("touched, moved and copied files are read, not decoded", async () => {
  const dataset = await makeDataset("touched");
  await load(dataset);
  await clockStep();
  const [first, second, third] = dataset.samples as [Sample, Sample, Sample];
  utimesSync(first.path, 2000, 2000);
  renameSync(second.path, `${second.path}.moved`);
  renameSync(third.path, second.path);
  renameSync(`${second.path}.moved`, third.path);
  const loaded = await load(dataset);
  await requireTruth(loaded, dataset.samples);
  assert.deepEqual(loaded.cache, { hits: 4, compared: 3, decoded: 0 });
  assert.deepEqual((await load(dataset)).cache, { hits: 4, compared: 0, decoded: 0 });
});

test("a file changed twice within one step of the clock gives the new pixels", async (context) => {
  const dataset = await makeDataset("racy", 1);
  const { stat } = fs.promises;
  const stopped = BigInt(Date.now()) * 1_000_000n;
  context.mock.method(fs.promises, "stat", async (...args: Parameters<typeof stat>) => {
    const status = await stat(...args);
    return Object.assign(status, typeof status.size === "bigint" ? { mtimeNs: stopped, ctimeNs: stopped } : {});
  });
  syncBuiltinESMExports();
  try {
    await load(dataset, { now: Date.now });
    await writeImage((dataset.samples[0] as Sample).path, "in the same step");
    const loaded = await load(dataset, { now: Date.now });
    await requireTruth(loaded, dataset.samples);
    assert.deepEqual(loaded.cache, { hits: 1, compared: 1, decoded: 1 });
    await load(dataset); // with the clock gone on, the stamps are relied upon
    assert.deepEqual((await load(dataset)).cache, { hits: 2, compared: 0, decoded: 0 });
  } finally {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  }
});

const editIndex = (cacheFolder: string, edit: (index: Record<string, unknown>) => unknown) => {
  const path = cacheFile(cacheFolder, ".index");
  const body = JSON.stringify(edit(JSON.parse(readFileSync(path, "utf8").split("\n")[1] as string)));
  writeFileSync(path, `${sha256Of(Buffer.from(body))}\n${body}`);
};

test("a cache made by another version of decoders or warnings is decoded anew", async () => {
  const dataset = await makeDataset("version");
  await load(dataset);
  editIndex(dataset.cacheFolder, (index) => index); // by itself that is no harm
  assert.equal((await load(dataset)).cache.hits, 4);
  for (const [made, other] of [
    [/jpeg \d+/, "jpeg 0"],
    [/dicom \d+/, "dicom 0"],
    [/libvips \d+/, "libvips 0"],
    [/resize \d+/, "resize 0"],
    [/look \d+/, "look 0"],
    [/warnings \d+/, "warnings 0"],
    [/VIEW_LATERAL,/, ""],
  ] as const) {
    editIndex(dataset.cacheFolder, (index) => ({ ...index, madeBy: String(index.madeBy).replace(made, other) }));
    const loaded = await load(dataset);
    assert.equal(loaded.cache.decoded, 4, String(made));
    await requireTruth(loaded, dataset.samples);
    assert.equal((await load(dataset)).cache.hits, 4);
  }
});

test("warnings come from the cache as from the file; an unknown one is asked of the file again", async () => {
  const root = join(top, "warned");
  mkdirSync(root);
  const path = join(root, "lateral.dcm");
  const lateral = pictureElements(40, 30, [[0x00185101, "CS", "LL"]]);
  writeFileSync(path, dicomFile({ elements: [...lateral, [0x7fe00010, "OW", gradient(40, 30)]] }));
  const sample: Sample = { path, name: "lateral.dcm", split: "train", label: 0, patient: "lateral.dcm" };
  const dataset = { root, samples: [sample], cacheFolder: join(top, "warned-cache") };
  const expected = (await load(dataset)).warnings;
  assert.ok(expected[0]?.includes("VIEW_LATERAL"));
  const cached = await load(dataset);
  assert.deepEqual([cached.cache.hits, cached.warnings], [1, expected]);
  editIndex(dataset.cacheFolder, ({ images, ...index }) => ({
    ...index,
    images: (images as unknown[][]).map((row) => [...row.slice(0, -1), ["NO_SUCH_WARNING"]]),
  }));
  const decoded = await load(dataset);
  assert.deepEqual([decoded.cache.decoded, decoded.warnings], [1, expected]);
});

test("images' sizes come from the cache as from the files; a cache without them is decoded anew", async () => {
  const dataset = await makeDataset("sizes");
  const expected = await Promise.all(
    dataset.samples.map(async ({ path }) => {
      const { width, height } = await sharp(path).metadata();
      return { width, height };
    }),
  );
  assert.deepEqual((await load(dataset)).sizes, expected);
  const cached = await load(dataset);
  assert.deepEqual([cached.cache.hits, cached.sizes], [4, expected]);
  editIndex(dataset.cacheFolder, ({ images, ...index }) => ({
    ...index,
    images: (images as unknown[][]).map((row) => [...row.slice(0, -1), []]),
  }));
  const older = await load(dataset);
  assert.deepEqual([older.cache.decoded, older.sizes], [4, expected]);
});

test("the place of an image that no file has any more is used again", async () => {
  const dataset = await makeDataset("places");
  await load(dataset);
  const packed = cacheFile(dataset.cacheFolder, ".pixels");
  for (let change = 0; change < 6; change++) {
    await clockStep();
    await writeImage((dataset.samples[change % 2] as Sample).path, `change ${change}`);
    await requireTruth(await load(dataset), dataset.samples);
  }
  assert.ok(statSync(packed).size <= 5 * (size ** 2 + lookBytes), "four images and the one that replaces another");
});

test("several processes at once: right pixels in all, and in what they leave", async () => {
  const dataset = await makeDataset("processes", 6);
  await load({ ...dataset, samples: dataset.samples.slice(0, 4) });
  const module = pathToFileURL(join(projectRoot, "dist", "src", "dataset", "load-images.js")).href;
  const script = `
    import { loadImages } from ${JSON.stringify(module)};
    const [samples, cacheFolder, size] = JSON.parse(process.argv[1]);
    for (let i = 0; i < 5; i++) console.log(Buffer.from((await loadImages(samples, { size, cacheFolder })).pixels).toString("base64"));`;
  const run = async (samples: readonly Sample[]) => {
    const args = ["--input-type=module", "-e", script, JSON.stringify([samples, dataset.cacheFolder, size])];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const expected = Buffer.from(await pixelsOfFiles(samples, size)).toString("base64");
    assert.deepEqual(
      stdout.trim().split("\n"),
      Array.from({ length: 5 }, () => expected),
    );
  };
  const { samples } = dataset;
  await Promise.all([run(samples), run([...samples].reverse()), run(samples.slice(5)), run(samples.slice(0, 7))]);
  await requireTruth(await load(dataset), samples);
});

test("processes that share the reading fill one cache, from which a later one has every image", async () => {
  const dataset = await makeDataset("shared-out", 9);
  const { samples, cacheFolder } = dataset;
  const size = 24;
  await Promise.all(
    [0, 1, 2].map((rank) => {
      const own = samples.filter((_, i) => i % 3 === rank);
      return loadImages(own, { size, cacheFolder, writer: { rank, size: 3 } });
    }),
  );
  const { pixels, cache } = await loadImages(samples, { size, cacheFolder });
  assert.deepEqual([cache.hits, cache.decoded], [samples.length, 0]);
  assert.deepEqual(Buffer.from(pixels), Buffer.from(await pixelsOfFiles(samples, size)));
});

test("caches are readable by their owner only, those of older versions too", posix, async () => {
  const dataset = await makeDataset("private", 1);
  const umask = process.umask(0);
  try {
    await load(dataset);
  } finally {
    process.umask(umask);
  }
  const folder = dirname(cacheFile(dataset.cacheFolder, ".index"));
  const modes = () => [folder, ...readdirSync(folder).map((name) => join(folder, name))].map(modeOf);
  assert.deepEqual(modes(), [0o700, 0o600, 0o600]);
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) chmodSync(path, 0o755);
  const older = ["0123456789abcdef.pixels", "0123456789abcdef.index"].map((name) => join(dataset.cacheFolder, name));
  const foreign = join(dataset.cacheFolder, "notes.txt");
  for (const path of [...older, foreign]) writeFileSync(path, "", { mode: 0o644 });
  chmodSync(dataset.cacheFolder, 0o755);
  assert.equal((await load(dataset)).cache.hits, 2);
  assert.deepEqual(modes(), [0o700, 0o600, 0o600]);
  assert.deepEqual(older.map(modeOf), [0o600, 0o600]);
  assert.deepEqual([foreign, dataset.cacheFolder].map(modeOf), [0o644, 0o755], "what is not the cache's stays");
});

const modeOf = (path: string) => statSync(path).mode & 0o777;

test("a cache that cannot be taken from others is not used", posix, async (context) => {
  const dataset = await makeDataset("shared", 1);
  mkdirSync(join(dataset.cacheFolder, "decoded"), { recursive: true });
  chmodSync(join(dataset.cacheFolder, "decoded"), 0o755);
  context.mock.method(fs.promises, "chmod", async () => {
    throw new Error("EPERM: not the owner");
  });
  syncBuiltinESMExports();
  const loaded = await load(dataset).finally(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
  await requireTruth(loaded, dataset.samples);
  assert.match(loaded.cache.problem ?? "", /EPERM: not the owner/);
  assert.deepEqual(readdirSync(join(dataset.cacheFolder, "decoded")), []);
});

type Step =
  | { readonly what: "overwrite" | "replace"; readonly file: number; readonly content: number }
  | { readonly what: "swap" | "copy"; readonly file: number; readonly other: number }
  | { readonly what: "touch" | "remove"; readonly file: number }
  | { readonly what: "load"; readonly isLater: boolean }
  | { readonly what: "damage"; readonly ending: ".pixels" | ".index"; readonly at: number };

const file = fc.nat({ max: 3 });
const step = fc.oneof(
  fc.record({ what: fc.constantFrom("overwrite", "replace"), file, content: fc.nat({ max: 5 }) }),
  fc.record({ what: fc.constantFrom("swap", "copy"), file, other: file }),
  fc.record({ what: fc.constantFrom("touch", "remove"), file }),
  fc.record({ what: fc.constant("load"), isLater: fc.boolean() }),
  fc.record({ what: fc.constant("damage"), ending: fc.constantFrom(".pixels", ".index"), at: fc.nat() }),
) as fc.Arbitrary<Step>;

test("after any changes to files and cache the pixels are those of the files", async () => {
  let runs = 0;
  const contents = await Promise.all([0, 1, 2, 3, 4, 5].map((seed) => randomImage(`content ${seed}`, { bytes })));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const dataset = await makeDataset(`any-${runs++}`);
      const at = (i: number) => (dataset.samples[i] as Sample).path;
      const present = () => dataset.samples.filter(({ path }) => existsSync(path));
      const check = async (now: () => number) => {
        if (now === later) await clockStep();
        await requireTruth(await load({ ...dataset, samples: present() }, { now }), present());
        if (now === later) await clockStep();
      };
      await check(later);
      for (const next of steps) await take(next);
      await check(Date.now);

      async function take(next: Step): Promise<void> {
        switch (next.what) {
          case "overwrite":
            return put(at(next.file), contents[next.content] as Buffer);
          case "replace":
            put(`${at(next.file)}.new`, contents[next.content] as Buffer);
            return renameSync(`${at(next.file)}.new`, at(next.file));
          case "swap":
            if (![next.file, next.other].every((i) => existsSync(at(i)))) return;
            renameSync(at(next.file), `${at(next.file)}.moved`);
            if (next.file !== next.other) renameSync(at(next.other), at(next.file));
            return renameSync(`${at(next.file)}.moved`, at(next.other));
          case "copy":
            if (!existsSync(at(next.file)) || next.file === next.other) return;
            return put(at(next.other), readFileSync(at(next.file)));
          case "touch":
            if (existsSync(at(next.file))) utimesSync(at(next.file), 1000, 1000);
            return;
          case "remove":
            return rmSync(at(next.file), { force: true });
          case "load":
            return check(next.isLater ? later : Date.now);
          case "damage": {
            const path = cacheFile(dataset.cacheFolder, next.ending);
            const content = readFileSync(path);
            content[next.at % content.length] = (content[next.at % content.length] as number) ^ 0x10;
            return writeFileSync(path, content);
          }
          default:
            next satisfies never;
        }
      }
    }),
    { numRuns: 40 },
  );
});

function put(path: string, content: Buffer): void {
  writeFileSync(path, content);
  utimesSync(path, 1000, 1000);
}

test("what the scope check flags is kept, and looked for again only where it was not asked for before", async () => {
  const dataset = await makeDataset("scope");
  assert.deepEqual((await load(dataset)).scope.flat(), []);
  const asked = await load(dataset, { checksScope: true });
  assert.equal(asked.cache.decoded, 4);
  assert.ok(
    asked.scope.every((codes) => codes.length > 0),
    "noise is no chest",
  );
  const kept = await load(dataset, { checksScope: true });
  assert.deepEqual([kept.cache.hits, kept.scope], [4, asked.scope]);
  const unasked = await load(dataset);
  assert.deepEqual([unasked.cache.hits, unasked.scope.flat()], [4, []]);
});
