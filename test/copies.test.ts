// Copies through the command line: what lies in two given parts is refused and named, what is divided here stays together.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "csv-parse/sync";
import { runCommandLine } from "../src/cli/main.js";
import { Random } from "../src/core/random.js";
import { drawAnatomy } from "../src/dataset/phantom/anatomy.js";
import { drawShot, render } from "../src/dataset/phantom/render.js";
import { encodeJpeg, encodePng } from "../src/images/encode.js";
import type { GrayImage } from "../src/images/gray-image.js";
import { resizeArea } from "../src/images/resize.js";
import { capturedTerminal } from "./support/captured-terminal.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-copies-"));
after(() => rmSync(cwd, { recursive: true }));

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

function phantom(number: number): GrayImage {
  const random = Random.of("copies by the command line", number);
  return render(drawAnatomy(random), [], drawShot(96, random), random);
}

/** The same picture, smaller and compressed more. */
const copyOf = ({ width, height, ...image }: GrayImage) =>
  encodeJpeg(resizeArea({ width, height, ...image }, Math.round(width * 0.7), Math.round(height * 0.7)), 60);

function write(name: string, bytes: Uint8Array): void {
  const path = join(cwd, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

const pairs = 16;
const classOf = (i: number) => (i % 2 === 0 ? "NORMAL" : "PNEUMONIA");
const tiny = ["--image-size", "32", "--threads", "1", "--batch", "8", "--epochs", "1"];

before(async () => {
  for (let i = 0; i < pairs; i++) {
    const image = phantom(i);
    write(`twice/i/${i}-a.png`, await encodePng(image));
    write(`twice/i/${i}-b.jpeg`, await copyOf(image));
  }
  // The two of a pair are said to be of two patients, and lie far from each other.
  const row = (i: number, file: string, patient: string) => `i/${file},${classOf(i)},${patient}`;
  const rows = Array.from({ length: pairs }, (_, i) => row(i, `${i}-a.png`, `a${i}`));
  rows.push(...Array.from({ length: pairs }, (_, i) => row(i, `${i}-b.jpeg`, `b${i}`)));
  writeFileSync(join(cwd, "twice/manifest.csv"), `${["path,label,patient", ...rows].join("\n")}\n`);
});

/** Of each pair the column's values, which should be one. */
function partsOfPairs(file: string, name: string, part: string): readonly (readonly string[])[] {
  const rows: Record<string, string>[] = parse(readFileSync(join(cwd, file)), { columns: true });
  return Array.from({ length: pairs }, (_, i) => {
    const parts = rows
      .filter((row) => new RegExp(`(^|/)${i}-[ab]\\.`).test(row[name] ?? ""))
      .map((row) => row[part] ?? "");
    assert.equal(parts.length, 2, `both of pair ${i}`);
    return [...new Set(parts)];
  });
}

const assertTogether = (parts: readonly (readonly string[])[], expected: readonly string[]) => {
  assert.ok(
    parts.every(({ length }) => length === 1),
    JSON.stringify(parts),
  );
  assert.deepEqual([...new Set(parts.flat())].sort(), [...expected].sort());
};

test("a copy of a training image in test/, saved anew, is named by data check and refused by a training", async () => {
  for (const [i, part] of ["train", "train", "train", "train", "test", "test"].entries()) {
    write(`leaky/${part}/${classOf(i)}/${i}.png`, await encodePng(phantom(100 + i)));
  }
  const sound = await run("data", "check", "leaky", "--patients", "unknown");
  assert.equal(sound.code, 0, sound.err);
  assert.match(sound.out, /^Near copies +none$/m);
  write("leaky/test/PNEUMONIA/again.jpeg", await copyOf(phantom(101)));
  write("leaky/train/NORMAL/other.jpeg", await copyOf(phantom(103)));
  const checked = await run("data", "check", "leaky", "--patients", "unknown");
  assert.equal(checked.code, 1);
  assert.match(
    checked.out,
    /^Near copies +2 groups of 4 images that look alike; 2 images across splits, 2 across classes$/m,
  );
  assert.match(checked.out, /train\/PNEUMONIA\/1\.png ~ test\/PNEUMONIA\/again\.jpeg/);
  assert.match(checked.err, /2 images with a near copy in another split; 2 images with a near copy in the other class/);
  const { nearCopies, duplicates } = JSON.parse((await run("data", "check", "leaky", "--json")).out);
  assert.deepEqual(nearCopies.groups, [
    { names: ["train/NORMAL/other.jpeg", "train/PNEUMONIA/3.png"], acrossSplits: false, acrossClasses: true },
    { names: ["train/PNEUMONIA/1.png", "test/PNEUMONIA/again.jpeg"], acrossSplits: true, acrossClasses: false },
  ]);
  assert.equal(nearCopies.acrossSplits.images, 2);
  assert.deepEqual(duplicates.groups, []);
  const refused = await run("train", "--data", "leaky", "--patients", "unknown", "--out", "leaky-run", ...tiny);
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /DATASET_LEAKS: .*2 images with a near copy in another split, such as train\/PNEUMONIA\/1\.png and test\/PNEUMONIA\/again\.jpeg/,
  );
  assert.match(refused.err, /2 images with a near copy in the other class, such as train\/NORMAL\/other\.jpeg and/);
});

test("copies under different patients: one side of a test set that import draws, and the import says so", async () => {
  const imported = await run("data", "import", "twice", "--source", "manifest", "--out", "parted.csv", "--test", "0.4");
  assert.equal(imported.code, 0, imported.err);
  assert.match(
    imported.out,
    /32 images in 16 groups are copies of each other, by content or look, and were kept together/,
  );
  assertTogether(partsOfPairs("parted.csv", "path", "split"), ["test", "train"]);
});

test("copies whose patients nobody knows: the same", async () => {
  const text = readFileSync(join(cwd, "twice/manifest.csv"), "utf8").replace(/,[ab]\d+$/gm, ",");
  write("sent/manifest.csv", Buffer.from(text));
  cpSync(join(cwd, "twice/i"), join(cwd, "sent/i"), { recursive: true });
  const unknown = ["--patients", "unknown", "--test", "0.4", "--seed", "3"];
  const imported = await run("data", "import", "sent", "--source", "manifest", "--out", "unknown.csv", ...unknown);
  assert.equal(imported.code, 0, imported.err);
  assertTogether(partsOfPairs("unknown.csv", "path", "split"), ["test", "train"]);
});

test("copies under different patients: one side of validation and of folds; report and comparison know the same folds", async () => {
  const args = ["--data", "twice/manifest.csv", "--models", "custom", "--folds", "2", "--out", "folds", ...tiny];
  const compared = await run("compare", ...args);
  assert.equal(compared.code, 0, compared.err);
  const said = /32 images in 16 groups are copies of each other, by content or look, and were kept together\./;
  for (const fold of [1, 2]) {
    const folder = `folds/runs/custom-sound-seed1-fold${fold}of2`;
    assertTogether(partsOfPairs(`${folder}/splits.csv`, "name", "part"), ["test", "train", "validation"]);
    assert.match(readFileSync(join(cwd, folder, "model-card.md"), "utf8"), said);
    assert.match(readFileSync(join(cwd, folder, "report.html"), "utf8"), said);
  }
  // Floors are there only where the folds are found again.
  assert.match(readFileSync(join(cwd, "folds/comparison.md"), "utf8"), /^\| 32x32 pixels \(floor\) \|/m);
});
