// Datasets as people have them, through the command line: each fault is one clear error that says where it is, nothing is misread,
// and nothing is left behind.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { zipSync } from "fflate";
import { writeFlatImage } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { npz, part } from "../../../test/support/npz.js";
import { golden } from "../../../test/support/paths.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-bad-data-"));
after(() => rmSync(cwd, { recursive: true }));

const header = "path,label,patient,split";
const sound = [
  "i/0.png,NORMAL,p0,train",
  "i/1.png,PNEUMONIA,p1,train",
  "i/2.png,NORMAL,p2,test",
  "i/3.png,PNEUMONIA,p3,test",
];
before(async () => {
  for (let i = 0; i < 8; i++) await writeFlatImage(join(cwd, "i", `${i}.png`), 20 * i + 10);
});

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

const write = (content: string | Uint8Array, name = "m.csv") => writeFileSync(join(cwd, name), content);
const manifest = (...lines: string[]) => write([header, ...lines].join("\n"));

/** What `data summary` and, where it trains on nothing of this, `train` say. */
async function refused(pattern: RegExp, place = "m.csv"): Promise<void> {
  for (const args of [
    ["data", "summary", place],
    ["data", "check", place],
    ["train", "--data", place, "--out", "run"],
  ]) {
    const { code, err, out } = await run(...args);
    assert.deepEqual([code, out], [1, ""], args.join(" "));
    assert.match(err, pattern, args.join(" "));
  }
  assert.equal(existsSync(join(cwd, "run")), false, "no run folder is left");
}

test("columns that are missing", async () => {
  write("path,label\ni/0.png,NORMAL\n");
  await refused(/^pneumoscope: MANIFEST_INVALID: m\.csv, line 1: .*path, label, patient\. Received no patient/);
});

test("two labels for one image", async () => {
  manifest(...sound, "i/0.png,PNEUMONIA,p0,train");
  await refused(/MANIFEST_INVALID: m\.csv, line 6, column path: each image stands once; line 2 has it already/);
});

test("paths that leave the manifest's folder", async () => {
  for (const path of ["../x.png", "/etc/passwd", "i/../../x.png"]) {
    manifest(...sound, `${path},NORMAL,p4,train`);
    await refused(/MANIFEST_INVALID: m\.csv, line 6, column path: should be a file's path below the manifest's folder/);
  }
});

test("a manifest whose images are gone, all or some", async () => {
  manifest(...sound.map((line) => line.replace("i/", "gone/")));
  await refused(/FILE_MISSING: .*gone.0\.png: .*m\.csv lists images relative to its own folder/);
  manifest(...sound, "i/gone.png,NORMAL,p4,train");
  const check = await run("data", "check", "m.csv");
  assert.equal(check.code, 1);
  assert.match(check.out, /^Unreadable +1$[\s\S]*i\/gone\.png \(FILE_MISSING\)/m);
});

test("UTF-16 is told, semicolons are read, and neither is misread", async () => {
  const text = `${[header, ...sound].join("\r\n")}\r\n`;
  for (const bytes of [Buffer.from(`\ufeff${text}`, "utf16le"), Buffer.from(`\ufeff${text}`, "utf16le").swap16()]) {
    write(bytes);
    await refused(/MANIFEST_INVALID: m\.csv, line 1: should be text in UTF-8\. .*Save it as "CSV UTF-8"/);
  }
  write(text.replaceAll(",", ";"));
  const { splits } = JSON.parse((await run("data", "summary", "m.csv", "--json")).out);
  assert.deepEqual(
    splits.map(({ images, patients }: { images: number; patients: number }) => [images, patients]),
    [
      [2, 2],
      [2, 2],
    ],
  );
});

test("names with line breaks are read, and lines count as an editor counts them", {
  skip: process.platform === "win32",
}, async () => {
  await writeFlatImage(join(cwd, "i", "a\nb.png"), 99);
  manifest('"i/a\nb.png",NORMAL,p9,train', ...sound);
  const summary = await run("data", "summary", "m.csv", "--json");
  assert.equal(JSON.parse(summary.out).splits[0].images, 3);
  const check = await run("data", "check", "m.csv");
  assert.doesNotMatch(check.out, /a\nb\.png/);
  manifest('"i/a\nb.png",NORMAL,p9,train', ...sound, "i/4.png,MAYBE,p4,train");
  await refused(/MANIFEST_INVALID: m\.csv, line 8, column label: should be NORMAL or PNEUMONIA\. Received "MAYBE"/);
});

test("one patient in two splits is named by data check, and a training refuses", async () => {
  const more = ["i/4.png,NORMAL,p4,train", "i/5.png,PNEUMONIA,p5,train", "i/6.png,NORMAL,p0,test"];
  manifest(...sound, ...more);
  const check = await run("data", "check", "m.csv");
  assert.equal(check.code, 1);
  assert.match(check.out, /^Patients in two splits:\n {2}p0 \(train, test\)$/m);
  const tiny = ["--image-size", "64", "--epochs", "1", "--augmentation", "none", "--threads", "1"];
  const trained = await run("train", "--data", "m.csv", "--out", "leaky", ...tiny);
  assert.equal(trained.code, 1);
  assert.match(trained.err, /DATASET_LEAKS: .*1 patient in two splits, such as i\/0\.png and i\/6\.png/);
});

test("a parquet file that is cut, a NumPy archive with Python's objects", async () => {
  const names = readdirSync(golden("parquet")).filter((name) => name.endsWith(".parquet"));
  assert.ok(names.length > 0);
  const whole = readFileSync(golden("parquet", names[0] ?? ""));
  write(whole.subarray(0, whole.length - 100), "cut.parquet");
  write(
    npz({
      ...part("train", [0, 1]),
      train_labels: { descr: "'|O'", shape: [2, 1], data: Buffer.from("cos\nsystem\n.") },
    }),
    "pneumoniamnist.npz",
  );
  for (const name of ["cut.parquet", "pneumoniamnist.npz"]) {
    await refused(new RegExp(`DATASET_SOURCE_INVALID: .*${name.replace(".", "\\.")}`), name);
    const imported = await run("data", "import", name, "--out", "new.csv");
    assert.match(imported.err, /DATASET_SOURCE_INVALID/);
  }
});

test("a zip bomb, and an archive whose names lead elsewhere", async () => {
  write(zipSync({ "train/NORMAL/0.png": new Uint8Array(3_000_000) }), "bomb.zip");
  write(zipSync({ "../../evil.png": new Uint8Array(10) }), "evil.zip");
  for (const name of ["bomb.zip", "evil.zip"]) {
    await refused(new RegExp(`DATASET_SOURCE_INVALID: ${name.replace(".", "\\.")}`), name);
    const imported = await run("data", "import", name, "--out", "new.csv");
    assert.match(imported.err, /DATASET_SOURCE_INVALID/);
  }
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.startsWith("new")),
    [],
  );
  assert.deepEqual(readdirSync(join(cwd, ".cache", "pneumoscope", "imported", "v1")), []);
  assert.equal(existsSync(join(cwd, "..", "evil.png")), false);
});

test("a folder of another form is told what makes a manifest of it", async () => {
  mkdirSync(join(cwd, "other", "scans"), { recursive: true });
  await refused(/DATASET_LAYOUT: .*"pneumoscope data import" makes a manifest/, "other");
});
