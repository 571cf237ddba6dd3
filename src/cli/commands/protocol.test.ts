// From a frozen protocol to a report that says so: freeze, train, resume, evaluate, compare, and a ledger that was tampered with.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { runPaths } from "../../core/run-folder.js";
import { synthesise } from "../../dataset/synthesise.js";
import { ledgerOfCache } from "../../run/test-ledger/ledger-file.js";
import { runCommandLine } from "../main.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-protocol-"));
const settings = "--data phantoms --image-size 32 --threads 1 --batch 8 --epochs 1 --augmentation none".split(" ");

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

const readingOf = (folder: string) => JSON.parse(readFileSync(runPaths(join(cwd, folder)).metrics, "utf8")).reading;

before(async () => {
  const counts = { normal: 8, pneumonia: 8 };
  await synthesise(join(cwd, "phantoms"), { counts: { train: counts, val: counts, test: counts }, seed: 3, size: 64 });
});
after(() => rmSync(cwd, { recursive: true }));

test("a protocol is frozen once, with every training's settings", async () => {
  const freeze = [
    "protocol",
    "freeze",
    ...settings,
    "--models",
    "custom",
    "--seeds",
    "2",
    "--metrics",
    "auc,specificity",
  ];
  const { code, out, err } = await run(...freeze);
  assert.equal(code, 0, err);
  assert.match(
    out,
    /2 trainings, to be judged on 16 test images by auc, specificity\.\nThe ledger knows of no reading/,
  );
  const protocol = JSON.parse(readFileSync(join(cwd, "protocol.json"), "utf8"));
  assert.deepEqual(
    protocol.trainings.map(({ seed, epochs }: { seed: number; epochs: number }) => [seed, epochs]),
    [
      [1, 1],
      [2, 1],
    ],
  );
  assert.match(
    (await run(...freeze)).err,
    /RUN_FOLDER_TAKEN: .*protocol\.json: a protocol that is frozen is never replaced/,
  );
  assert.match((await run(...freeze, "--out", "b.json", "--metrics", "auk")).err, /OPTION_INVALID: metrics/);
});

test("what departs is refused before a folder is made; what follows says so, also where the protocol is not named", async () => {
  const other = await run("train", ...settings, "--seed", "7", "--frozen", "protocol.json", "--out", "other");
  assert.match(other.err, /PROTOCOL_DEPARTED: protocol\.json: .*other settings: seed 7/);
  assert.equal(existsSync(join(cwd, "other")), false);
  const { code, err } = await run("train", ...settings, "--seed", "1", "--out", "one");
  assert.equal(code, 0, err);
  assert.match(
    err,
    /^The first reading of this test set .* This result follows protocol [0-9a-f]{12} \(frozen .*before the first reading/m,
  );
  const { number, protocol } = readingOf("one");
  assert.deepEqual([number, protocol.state, protocol.readingsBefore], [1, "followed", 0]);
  for (const file of [runPaths(join(cwd, "one")).report, runPaths(join(cwd, "one")).modelCard]) {
    assert.match(readFileSync(file, "utf8"), /The first reading of this test set/);
  }
});

test("a run that is evaluated again after a kill is still the first reading; its model's next look is the second", async () => {
  rmSync(runPaths(join(cwd, "one")).report);
  assert.equal((await run("train", "--resume", "one")).code, 0);
  assert.equal(readingOf("one").number, 1);
  const evaluated = await run("evaluate", "one", "--data", "phantoms", "--json");
  assert.deepEqual([JSON.parse(evaluated.out).reading.number, JSON.parse(evaluated.out).reading.models], [2, 1]);
  const cut = await run("evaluate", "one", "--data", "phantoms", "--threshold", "0.3", "--frozen", "protocol.json");
  assert.match(cut.err, /PROTOCOL_DEPARTED: .*threshold "0\.3"/);
  assert.match((await run("compare", "one")).out, /The test images were read 2 times by one model/);
});

test("the ledger shows its readings, and a line that was changed is an error that names it", async () => {
  const shown = await run("ledger");
  assert.equal(shown.code, 0, shown.err);
  assert.match(shown.out, /16 images: 2 readings by 1 model\n(?:.*\n)*.*protocol frozen +2 trainings/);
  assert.match((await run("ledger", "one")).out, /train +Custom CNN/);
  const path = ledgerOfCache(join(cwd, ".cache", "pneumoscope"));
  const text = readFileSync(path, "utf8");
  assert.ok(!text.includes(cwd) && !text.includes("phantom"), "no path, no name");
  writeFileSync(path, text.replace("evaluate", "nothing!"));
  const broken = await run("ledger");
  assert.equal(broken.code, 1);
  assert.match(broken.err, /LEDGER_BROKEN: .*line 3: .*changed after it was written/);
  const again = await run("evaluate", "one", "--data", "phantoms");
  assert.match(again.err, /^Reading 3 of this test set.* The ledger is broken at line 3/m);
});

test("the author's answers stand in the run's checklists, and stay when nothing new is given", async () => {
  writeFileSync(join(cwd, "study.yaml"), "funding: The Example Foundation.\n");
  const filled = await run("checklists", "one", "--study", "study.yaml");
  assert.equal(filled.code, 0, filled.err);
  assert.match(filled.out, /^CLAIM 2024: \d+ of 44 items answered/m);
  assert.equal((await run("checklists", "one")).code, 0);
  assert.match(readFileSync(join(cwd, "one", "checklists.html"), "utf8"), /The Example Foundation/);
  writeFileSync(join(cwd, "study.yaml"), "fundng: x\n");
  assert.match(
    (await run("checklists", "one", "--study", "study.yaml")).err,
    /STUDY_FILE_INVALID: .*Did you mean "funding"/,
  );
});
