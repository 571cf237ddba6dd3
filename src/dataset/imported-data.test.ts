// A dataset in one file: imported to a place of its own, or opened by `--data` through the cache.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { zipSync } from "fflate";
import { hasCode } from "../../test/support/has-code.js";
import { noise, npz, part } from "../../test/support/npz.js";
import { summariseDataset } from "./describe-dataset.js";
import { importDataset } from "./import-dataset.js";
import { openDataset } from "./open-dataset.js";

const root = mkdtempSync(join(tmpdir(), "pneumoscope-archive-"));
after(() => rmSync(root, { recursive: true }));
let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(root, "place-"));
});

let tree: Record<string, Uint8Array>;
before(() => {
  const names = ["train", "test"].flatMap((split) =>
    ["NORMAL", "PNEUMONIA"].map((label) => `${split}/${label}/a.jpeg`),
  );
  tree = Object.fromEntries(names.map((name, i) => [`mine/${name}`, noise(2000, i + 1)]));
});

const zip = (files: Record<string, Uint8Array>, name = "mine.zip") => writeFileSync(join(cwd, name), zipSync(files));
const cacheFolder = () => join(cwd, ".cache", "pneumoscope");
const imported = () => join(cacheFolder(), "imported", "v1");

test("an archive of folders becomes a manifest with the images beside it", async () => {
  zip({ ...tree, "__MACOSX/mine/._x": noise(10) });
  const { source, images, leftOut } = await importDataset("mine.zip", { cwd, out: "m.csv" });
  assert.deepEqual([source, images, leftOut], ["folders", 4, []]);
  const { samples } = await openDataset(join(cwd, "m.csv"));
  assert.deepEqual(samples[0]?.name, "m-images/mine/train/NORMAL/a.jpeg");
  assert.deepEqual(readFileSync(samples[0]?.path ?? ""), Buffer.from(noise(2000, 1)));
});

test("a manifest in an archive says what was meant, and its paths must not leave it", async () => {
  const rows = "path,label,patient,split\nx/1.png,NORMAL,p1,train\nx/2.png,PNEUMONIA,p2,train\n";
  zip({
    "manifest.csv": Buffer.from(rows),
    "x/1.png": noise(100),
    "x/2.png": noise(100, 2),
    "train/NORMAL/x.png": noise(9),
  });
  const { source, images, patients } = await importDataset("mine.zip", { cwd, out: "m.csv" });
  assert.deepEqual([source, images, patients], ["manifest", 2, 2]);
  zip({ "manifest.csv": Buffer.from(rows.replace("x/1.png", "../../../etc/passwd")), "x/2.png": noise(9) });
  await assert.rejects(
    importDataset("mine.zip", { cwd, out: "n.csv" }),
    hasCode("MANIFEST_INVALID", "line 2, column path"),
  );
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.startsWith("n")),
    [],
  );
});

test("hostile archives, and those of nothing that is known, leave nothing", async () => {
  const before = () => readdirSync(cwd).filter((name) => name.startsWith("m") && name !== "mine.zip");
  zip({ "../evil.jpeg": noise(10) });
  await assert.rejects(importDataset("mine.zip", { cwd, out: "m.csv" }), hasCode("DATASET_SOURCE_INVALID", "mine.zip"));
  zip({ "train/NORMAL/0.png": new Uint8Array(3_000_000) });
  await assert.rejects(
    importDataset("mine.zip", { cwd, out: "m.csv" }),
    hasCode("DATASET_SOURCE_INVALID", "100 times"),
  );
  zip({ "a/b.txt": noise(10), "a/c.txt": noise(10) });
  await assert.rejects(
    importDataset("mine.zip", { cwd, out: "m.csv" }),
    hasCode("DATASET_SOURCE_UNKNOWN", "Received a folder with b.txt, c.txt. docs/data.md lists the kinds"),
  );
  zip({});
  await assert.rejects(
    importDataset("mine.zip", { cwd, out: "m.csv" }),
    hasCode("DATASET_SOURCE_UNKNOWN", "an empty folder"),
  );
  assert.deepEqual(before(), []);
  mkdirSync(join(cwd, "m-images"));
  zip(tree);
  await assert.rejects(importDataset("mine.zip", { cwd, out: "m.csv" }), hasCode("DATASET_FOLDER_TAKEN", "m-images"));
});

test("opened as data, a file is imported once into the cache, which is its owner's alone, and known by its content", async () => {
  zip(tree);
  const options = { cwd };
  const { splits } = await summariseDataset("mine.zip", options);
  assert.deepEqual(
    splits.map(({ split, images }) => [split, images]),
    [
      ["train", 2],
      ["test", 2],
    ],
  );
  const [name = ""] = readdirSync(imported());
  assert.match(name, /^mine-[0-9a-f]{16}$/);
  assert.deepEqual(readdirSync(join(imported(), name)).sort(), ["manifest-images", "manifest.csv"]);
  if (process.platform !== "win32") assert.equal(statSync(cacheFolder()).mode & 0o777, 0o700);
  const made = statSync(join(imported(), name, "manifest.csv")).mtimeMs;
  await summariseDataset("mine.zip", options);
  assert.equal(statSync(join(imported(), name, "manifest.csv")).mtimeMs, made);
  zip({ ...tree, "mine/train/NORMAL/b.jpeg": noise(50) });
  assert.equal((await summariseDataset("mine.zip", options)).splits[0]?.images, 3);
  assert.equal(readdirSync(imported()).length, 2);
});

test("a killed import is done again; a table and a NumPy archive are opened alike", async () => {
  zip(tree);
  await summariseDataset("mine.zip", { cwd });
  const [name = ""] = readdirSync(imported());
  rmSync(join(imported(), name, "manifest.csv"));
  assert.equal((await summariseDataset("mine.zip", { cwd })).splits.length, 2);
  writeFileSync(join(cwd, "pneumoniamnist.npz"), npz({ ...part("train", [0, 1, 1]), ...part("test", [0, 1]) }));
  const { splits } = await summariseDataset("pneumoniamnist.npz", { cwd });
  assert.deepEqual(
    splits.map(({ images, patients }) => [images, patients]),
    [
      [3, null],
      [2, null],
    ],
  );
  writeFileSync(join(cwd, "notes.txt"), "notes");
  await assert.rejects(
    summariseDataset("notes.txt", { cwd }),
    hasCode("DATASET_SOURCE_UNKNOWN", "a file of none of them"),
  );
  assert.equal(
    readdirSync(imported()).some((each) => each.startsWith("notes-")),
    false,
  );
  await assert.rejects(summariseDataset("gone.zip", { cwd }), hasCode("FILE_MISSING", "gone.zip"));
  assert.equal(existsSync(join(cwd, "manifest.csv")), false);
});

test("patients by name, or said to be unknown: what a training would do with them", async () => {
  const named = Object.fromEntries(
    Object.entries(tree).map(([name, bytes], i) => [name.replace("a.jpeg", `person${i}_virus_${i}.jpeg`), bytes]),
  );
  zip(named);
  const told = async (patients: "known" | "names" | "unknown") => {
    const { splitBy, splits } = await summariseDataset("mine.zip", { cwd, patients });
    return [splitBy, splits[0]?.patients];
  };
  assert.deepEqual(await told("known"), [null, null]);
  assert.deepEqual(await told("unknown"), ["image", null]);
  assert.deepEqual(await told("names"), ["patient", 2]);
});
