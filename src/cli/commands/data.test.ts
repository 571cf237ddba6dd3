import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { realData, withoutRealData } from "../../../test/support/paths.js";
import { runCommandLine } from "../main.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-data-"));
const dataset = join(folder, "phantoms");
const small = ["--size", "64", "--train", "8", "--val", "2", "--test", "4"];

async function runWith(...args: string[]) {
  const terminal = capturedTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

before(async () => {
  const made = await runWith("data", "synth", dataset, ...small);
  assert.equal(made.code, 0, made.err);
  assert.match(made.out, /^14 synthetic phantoms made in .*\n.*no patients/);
});

after(() => rmSync(folder, { recursive: true }));

test("synth again finds everything there; other options need another folder", async () => {
  const again = await runWith("data", "synth", dataset, ...small, "--json");
  assert.deepEqual(JSON.parse(again.out), { root: dataset, images: 14, reused: true });
  const other = await runWith("data", "synth", dataset, ...small, "--seed", "2");
  assert.equal(other.code, 1);
  assert.match(other.err, /^pneumoscope: DATASET_FOLDER_TAKEN: /);
});

test("synth refuses numbers out of range before it writes anything", async () => {
  for (const option of ["--size=63", "--train=1", "--seed=-1", "--test=many"]) {
    const refused = await runWith("data", "synth", join(folder, "never"), option);
    assert.equal(refused.code, 2, option);
    assert.match(refused.err, new RegExp(`option '${option.split("=")[0]} .*Received "${option.split("=")[1]}"`));
  }
  assert.deepEqual(readdirSync(folder), ["phantoms"]);
});

test("summary counts splits and classes and says that phantoms are no patients", async () => {
  const text = await runWith("data", "summary", dataset);
  assert.equal(text.code, 0);
  assert.match(text.out, /synthetic phantoms, no patients/);
  assert.match(text.out, /^train +8 +2 \(25\.0%\) +6 \(75\.0%\)/m);
  assert.match(text.out, /Class weights of train\/: normal 2\.0000, pneumonia 0\.6667/);
  const json = JSON.parse((await runWith("data", "summary", dataset, "--json")).out);
  assert.deepEqual(json.classWeights, [2, 8 / 12]);
  assert.deepEqual(
    json.splits.map(({ split, images }: { split: string; images: number }) => [split, images]),
    [
      ["train", 8],
      ["val", 2],
      ["test", 4],
    ],
  );
});

test("check finds no errors in the phantoms, and says how many notes there are to read", async () => {
  const checked = await runWith("data", "check", dataset);
  assert.equal(checked.code, 0, checked.err);
  assert.match(checked.out, /No errors; \d notes? to read, above\.\n$/);
});

test("check names unreadable files, copies across splits and crossing patients, and ends with 1", async () => {
  const train = join(dataset, "train", "NORMAL");
  const [first = ""] = readdirSync(train);
  copyFileSync(join(train, first), join(dataset, "test", "NORMAL", `${first.slice(0, 7)}-9999.jpeg`));
  writeFileSync(join(train, "text.jpeg"), "this is no image");
  const checked = await runWith("data", "check", dataset);
  assert.equal(checked.code, 1);
  assert.match(checked.out, /train\/NORMAL\/text\.jpeg \(IMAGE_UNREADABLE\)/);
  assert.match(checked.out, /Errors: 1 unreadable file; 1 image in two splits; 1 patient in two splits\. And \d notes/);
  assert.match(checked.err, /^pneumoscope: DATASET_PROBLEMS: /m);
  const json = JSON.parse((await runWith("data", "check", dataset, "--json")).out);
  assert.equal(json.unreadable[0].code, "IMAGE_UNREADABLE");
  assert.equal(json.duplicates.acrossSplits, 1);
});

test("patients by file names, or said to be unknown, are what a training would split by", async () => {
  const strangers = join(folder, "strangers");
  for (const [i, part] of ["train/NORMAL", "train/PNEUMONIA", "test/NORMAL", "test/PNEUMONIA"].entries()) {
    const [first = ""] = readdirSync(join(dataset, part));
    cpSync(join(dataset, part, first), join(strangers, part, `person${i}_virus_${i}.jpeg`), { recursive: true });
  }
  const summary = async (...args: string[]) => (await runWith("data", "summary", strangers, ...args)).out;
  assert.match(await summary(), /unknown .*\n[\s\S]*refuses to split it: nobody says whose the images are/);
  assert.match(await summary("--patients", "unknown"), /splits it by image: patients unknown/);
  assert.match(await summary("--patients", "names"), /A training splits it by patient/);
  const notes = async (...args: string[]) => (await runWith("data", "check", strangers, ...args)).out;
  assert.match(await notes(), /Note: 4 x the patient is not known/);
  assert.doesNotMatch(await notes("--patients", "unknown"), /patient is not known/);
  assert.match(await notes("--patients", "names"), /^Patients +4$/m);
  assert.equal((await runWith("data", "summary", strangers, "--patients", "guess")).code, 2);
});

test("a folder that is not there is one clear error", async () => {
  const missing = await runWith("data", "summary", join(folder, "nowhere"));
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^pneumoscope: FILE_MISSING: .*nowhere: there is no such folder/);
});

const realDataset = realData("chest_xray");
test("summary of the published dataset prints the study's counts", {
  skip: withoutRealData("chest_xray"),
}, async () => {
  const { out } = await runWith("data", "summary", realDataset);
  assert.match(out, /^train +5,216 +1,341 \(25\.7%\) +3,875 \(74\.3%\) +2,530 +1,345 +3,654 +5216 x 224 x 224$/m);
  assert.match(out, /^test +624 +234 .* 390 /m);
  assert.match(out, /normal 1\.9448, pneumonia 0\.6730/);
});

test("check names images of more pixels than --max-pixels as unreadable", async () => {
  const larger = await runWith(
    "data",
    "synth",
    join(folder, "larger"),
    "--size",
    "128",
    "--train",
    "4",
    "--val",
    "2",
    "--test",
    "2",
  );
  assert.equal(larger.code, 0, larger.err);
  const refused = await runWith("data", "check", join(folder, "larger"), "--max-pixels", "10000", "--json");
  assert.equal(refused.code, 1);
  const { unreadable } = JSON.parse(refused.out);
  assert.equal(unreadable.length, 8);
  assert.ok(unreadable.every(({ code }: { code: string }) => code === "IMAGE_TOO_LARGE"));
});
