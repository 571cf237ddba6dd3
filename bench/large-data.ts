// What large datasets take: `data summary` of a made-up manifest, as a process of its own, and the decode cache of many small
// JPEGs, opened when everything is in it.
//
//   node dist/bench/large-data.js [--rows 1000000] [--images 100000] [--rounds 3]
//
// Works in the system's folder for temporary files; both may be 0 for "not this". Numbers are medians.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs, promisify } from "node:util";
import sharp from "sharp";
import { packageRoot } from "../src/core/package.js";
import { Random } from "../src/core/random.js";
import { inParallel } from "../src/dataset/in-parallel.js";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import type { IndexKind } from "../src/dataset/pixel-index.js";
import { PixelStore } from "../src/dataset/pixel-store.js";
import { clocks } from "./interleaved.js";
import { median } from "./median.js";
import { appendResults, type Row } from "./results-file.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    images: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
  },
});
const rounds = Number(values.rounds);
/** Pixels a side: small, but large enough for a radiograph. */
const side = 32;
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-large-"));
try {
  const rows: Row[] = [];
  if (Number(values.rows) > 0) rows.push(await summary(Number(values.rows)));
  if (Number(values.images) > 0) rows.push(...(await warmCache(Number(values.images))));
  console.table(rows);
  console.log(`appended to ${await appendResults("large-data", rows)}`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Every column that the manifest has a meaning for, patients with three images and several studies. */
async function writeManifest(file: string, rows: number): Promise<void> {
  const random = Random.of(1, "manifest");
  const out = createWriteStream(file);
  out.write("path,label,patient,split,study,age_years,sex,view,acquired,source\n");
  for (let i = 0; i < rows; i++) {
    const patient = random.integer(Math.ceil(rows / 3));
    const cells = [
      `images/${String(i % 1000).padStart(4, "0")}/scan-${String(i).padStart(7, "0")}.png`,
      random.integer(2) === 0 ? "NORMAL" : "PNEUMONIA",
      `patient-${patient}`,
      patient % 5 === 0 ? "test" : "train",
      `study-${patient}-${random.integer(3)}`,
      patient % 90,
      patient % 2 === 0 ? "F" : "M",
      random.integer(2) === 0 ? "PA" : "AP",
      `20${10 + (patient % 15)}-0${1 + (patient % 9)}-1${patient % 10}`,
      `hospital ${patient % 7}`,
    ];
    if (!out.write(`${cells.join(",")}\n`)) await once(out, "drain");
  }
  out.end();
  await finished(out);
}

async function summary(rows: number): Promise<Row> {
  const file = join(folder, "manifest.csv");
  await writeManifest(file, rows);
  mkdirSync(join(folder, "images", "0000"), { recursive: true });
  writeFileSync(join(folder, "images", "0000", "scan-0000000.png"), ""); // the one that is looked for and found
  const measured: { readonly wall: number; readonly cpu: number; readonly megabytes: number }[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await runSummary(file, rows));
  return {
    what: "data summary of a manifest",
    n: rows,
    rounds,
    load_average: (loadavg()[0] as number).toFixed(1),
    seconds: median(measured.map(({ wall }) => wall)).toFixed(2),
    processor_seconds: median(measured.map(({ cpu }) => cpu)).toFixed(2),
    resident_mb_at_most: Math.max(...measured.map(({ megabytes }) => megabytes)),
  };
}

/** The process tells what it used when it ends. */
async function runSummary(file: string, rows: number) {
  const tell = join(folder, "tell.mjs");
  writeFileSync(tell, `process.on("exit", () => console.error(JSON.stringify(process.resourceUsage())));\n`);
  const started = clocks.wall();
  const command = ["--import", tell, join(packageRoot(), "bin", "pneumoscope.js"), "data", "summary", file, "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command);
  const wall = clocks.wall() - started;
  const { splits } = JSON.parse(stdout) as { readonly splits: readonly { readonly images: number }[] };
  assert.equal(
    splits.reduce((sum, { images }) => sum + images, 0),
    rows,
  );
  const used = JSON.parse(stderr.trim().split("\n").at(-1) as string) as NodeJS.ResourceUsage;
  const cpu = (used.userCPUTime + used.systemCPUTime) / 1e6;
  return { wall, cpu, megabytes: Math.round((used.maxRSS * 1024) / 1e6) };
}

function isIndex(name: string): boolean {
  return name.endsWith(".index");
}

/** Each image with a content of its own. */
async function writeImages(root: string, images: number): Promise<void> {
  for (const label of ["NORMAL", "PNEUMONIA"]) mkdirSync(join(root, "train", label), { recursive: true });
  await inParallel(
    Array.from({ length: images }, (_, i) => i),
    8,
    async (i) => {
      const random = Random.of(i, "image");
      const data = Uint8Array.from({ length: side * side }, () => random.integer(256));
      const image = sharp(data, { raw: { width: side, height: side, channels: 1 } });
      await image.jpeg().toFile(join(root, "train", i % 2 === 0 ? "NORMAL" : "PNEUMONIA", `${i}.jpeg`));
    },
  );
}

async function warmCache(images: number): Promise<Row[]> {
  const root = join(folder, "data");
  const cacheFolder = join(folder, "cache");
  await writeImages(root, images);
  const { samples } = await openDataset(root);
  // Files are known by their stamps only a while after they were written.
  const options = { size: side, cacheFolder, now: () => Date.now() + 60_000 };
  const load = loadavg()[0] as number;
  const times = { cold: [] as number[], index: [] as number[], warm: [] as number[] };
  const timed = async (what: keyof typeof times, action: () => Promise<void> | void) => {
    const started = clocks.wall();
    await action();
    times[what].push(clocks.wall() - started);
  };
  const loadAll = async (decoded: number) => {
    const { cache } = await loadImages(samples, options);
    assert.equal(cache.decoded, decoded);
  };
  await timed("cold", () => loadAll(images));
  const index = join(cacheFolder, "decoded", (await readdir(join(cacheFolder, "decoded"))).find(isIndex) as string);
  const [, body] = (await readFile(index, "utf8")).split("\n", 2) as [string, string];
  const kind = JSON.parse(body) as IndexKind;
  for (let round = 0; round < rounds; round++) {
    await timed("index", async () => {
      const store = await PixelStore.open(cacheFolder, basename(index, ".index"), kind);
      await store.close();
    });
    await timed("warm", () => loadAll(0));
  }
  return (["cold", "index", "warm"] as const).map((what) => ({
    what: { cold: "all decoded", index: "index of a warm cache opened", warm: "all from a warm cache" }[what],
    n: images,
    rounds: times[what].length,
    load_average: load.toFixed(1),
    seconds: median(times[what]).toFixed(2),
    processor_seconds: "",
    resident_mb_at_most: "",
  }));
}
