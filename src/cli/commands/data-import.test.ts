// `data import` through the real command line: what it writes, says, and refuses.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { golden } from "../../../test/support/paths.js";
import { runCommandLine } from "../main.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-import-"));
after(() => rmSync(folder, { recursive: true }));

async function runWith(...args: string[]) {
  const terminal = capturedTerminal({ cwd: folder });
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

before(async () => {
  const small = ["--size", "64", "--train", "8", "--val", "2", "--test", "4"];
  const made = await runWith("data", "synth", "phantoms", ...small);
  assert.equal(made.code, 0, made.err);
});

test("folders become a manifest with counts, patients and what to type next; the manifest is a dataset", async () => {
  writeFileSync(join(folder, "phantoms", "train", "NORMAL", "notes.txt"), "seen");
  const imported = await runWith("data", "import", "phantoms", "--out", "manifest.csv");
  assert.equal(imported.code, 0, imported.err);
  assert.match(imported.out, /^Manifest +manifest\.csv\nRead as +folders\nImages +14\nNormal +\d \(/);
  assert.match(imported.out, /\nPatients +\d+\nLeft out +1\n/);
  assert.match(imported.out, /\nLeft out, not named .*: 1\n {2}train\/NORMAL\/notes\.txt\n/);
  assert.match(imported.out, /\nNext: pneumoscope train --data manifest\.csv\n$/);
  const lines = readFileSync(join(folder, "manifest.csv"), "utf8").trim().split("\n");
  assert.equal(lines[0], "path,label,patient,split");
  assert.equal(lines.length, 15);

  const [tree, listed] = await Promise.all(
    ["phantoms", "manifest.csv"].map((place) => runWith("data", "summary", place, "--json")),
  );
  assert.deepEqual(JSON.parse(listed?.out ?? "").splits, JSON.parse(tree?.out ?? "").splits);
});

test("--json gives the same to machines", async () => {
  const { code, out } = await runWith("data", "import", "phantoms", "--out", "for machines.csv", "--json");
  assert.equal(code, 0);
  const { manifest, source, images, normal, pneumonia, leftOut } = JSON.parse(out);
  assert.deepEqual([manifest, source, images], [join(folder, "for machines.csv"), "folders", 14]);
  assert.equal(normal + pneumonia, 14);
  assert.deepEqual(
    leftOut.map(({ name }: { name: string }) => name),
    ["train/NORMAL/notes.txt"],
  );
});

test("a manifest is never overwritten, and nothing is written on a wrong command line", async () => {
  const before = readFileSync(join(folder, "manifest.csv"), "utf8");
  const again = await runWith("data", "import", "phantoms", "--out", "manifest.csv");
  assert.equal(again.code, 1);
  assert.match(again.err, /OPTION_INVALID: out: should be a new file that ends in \.csv.*there already/);
  assert.equal(readFileSync(join(folder, "manifest.csv"), "utf8"), before);
  const kind = await runWith("data", "import", "phantoms", "--out", "other.csv", "--source", "guess");
  assert.match(kind.err, /OPTION_INVALID: source: should be .*folders/);
  const uncertain = await runWith("data", "import", "phantoms", "--out", "other.csv", "--uncertain", "perhaps");
  assert.equal(uncertain.code, 2);
  assert.match(uncertain.err, /--uncertain .*leave-out, pneumonia, normal/);
  assert.equal((await runWith("data", "import", "phantoms")).code, 2);
  assert.deepEqual(readdirSync(folder).sort(), [".cache", "for machines.csv", "manifest.csv", "phantoms"]);
});

test("--test draws a test set by patient where there is none; patients must be known or said to be unknown", async () => {
  writeFileSync(
    join(folder, "words.parquet"),
    readFileSync(golden("parquet", "hub", "data", "train-00000-of-00002.parquet")),
  );
  const options = ["data", "import", "words.parquet", "--test", "0.4", "--out"];
  const refused = await runWith(...options, "held.csv");
  assert.match(refused.err, /^pneumoscope: DATASET_PATIENTS_UNKNOWN: /);
  const { code, out, err } = await runWith(...options, "held.csv", "--patients", "unknown", "--seed", "3");
  assert.equal(code, 0, err);
  assert.match(out, /\nPatients +unknown\n(?:.*\n)*Next: pneumoscope train --data held\.csv --patients unknown\n$/);
  const lines = readFileSync(join(folder, "held.csv"), "utf8").trim().split("\n");
  assert.ok(lines.some((line) => line.endsWith(",test")) && lines.some((line) => line.endsWith(",train")));
  const share = await runWith(...options, "none.csv", "--test", "0.9");
  assert.equal(share.code, 2);
});

test("what is nothing that is known is one clear error", async () => {
  writeFileSync(join(folder, "letter.txt"), "Dear colleague");
  const unknown = await runWith("data", "import", "letter.txt", "--out", "other.csv");
  assert.equal(unknown.code, 1);
  assert.match(
    unknown.err,
    /^pneumoscope: DATASET_SOURCE_UNKNOWN: .*letter\.txt: should hold a dataset of a kind that is known here.*docs\/data\.md/,
  );
  const gone = await runWith("data", "import", "gone", "--out", "other.csv");
  assert.match(gone.err, /^pneumoscope: FILE_MISSING: /);
});
