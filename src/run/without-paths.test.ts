import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { capturedTerminal } from "../../test/support/captured-terminal.js";
import { runCommandLine } from "../cli/main.js";
import { synthesise } from "../dataset/synthesise.js";
import { textWithoutPaths } from "./without-paths.js";

/** Stands in the path of everything below; no name that may be published holds it. */
const telling = "clinic-of-doctor-who";
const base = mkdtempSync(join(tmpdir(), "pneumoscope-paths-"));
const cwd = join(base, telling);
const data = join(cwd, "phantoms");
const size = ["--image-size", "32", "--threads", "1", "--batch", "8", "--epochs", "1"];

async function run(...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  const code = await runCommandLine(args, terminal);
  return { code, err: terminal.errText() };
}

/** Files below the folder that hold one of the texts, as bytes. */
function filesThatTell(folder: string, texts: readonly string[]): readonly string[] {
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile());
  assert.ok(files.length > 0, `${folder} holds files`);
  return files.filter((name) => texts.some((text) => readFileSync(join(folder, name)).includes(text))).sort();
}

before(async () => {
  mkdirSync(cwd);
  const counts = {
    train: { normal: 24, pneumonia: 24 },
    val: { normal: 4, pneumonia: 4 },
    test: { normal: 6, pneumonia: 6 },
  };
  await synthesise(data, { counts, seed: 3, size: 64 });
  // The report names files that cannot be read, and says why: by what is in them, and by the system's own words.
  writeFileSync(join(data, "train", "NORMAL", "IM-0998-0001.jpeg"), "no image");
  symlinkSync(join(data, "nowhere"), join(data, "test", "NORMAL", "IM-0999-0001.jpeg"));
});

after(() => rmSync(base, { recursive: true }));

test("a run's files hold no path of the user, args.json aside", async () => {
  const first = await run("train", "--data", data, "--out", "first", ...size);
  assert.equal(first.code, 0, first.err);
  const weights = join(cwd, "first", "weights", "best.h5");
  const second = await run("train", "--data", data, "--weights", weights, "--out", "second", ...size);
  assert.equal(second.code, 0, second.err);
  for (const folder of ["first", "second"]) {
    // `--resume` finds the images by args.json.
    assert.deepEqual(filesThatTell(join(cwd, folder), [telling, homedir()]), ["args.json"], folder);
  }
  const report = readFileSync(join(cwd, "second", "report.html"), "utf8");
  assert.match(report, /--data phantoms .*--weights best\.h5 /);
  assert.match(report, /IM-0999-0001\.jpeg/);
  assert.equal((await run("train", "--resume", "second")).code, 0);
});

test("a comparison holds none either, of runs that failed and of runs elsewhere", async () => {
  const elsewhere = await run("compare", join(cwd, "first"), "--out", "compared");
  assert.equal(elsewhere.code, 0, elsewhere.err);
  const failing = ["--models", "custom", "--weights", "custom=absent.h5", "--seeds", "1"];
  const failed = await run("compare", "first", ...failing, "--data", data, ...size, "--out", "failed");
  assert.match(failed.err, /COMPARISON_INCOMPLETE: .*FILE_MISSING: absent\.h5: there is no such file/);
  assert.match(readFileSync(join(cwd, "failed", "comparison.html"), "utf8"), /absent\.h5: there is no such file/);
  for (const folder of ["compared", "failed"]) {
    const found = filesThatTell(join(cwd, folder), [telling, homedir()]);
    assert.deepEqual(
      found.filter((name) => !name.endsWith("args.json")),
      [],
      folder,
    );
  }
});

test("what evaluate, explain and export write holds none", async () => {
  for (const args of [
    ["evaluate", join(cwd, "first"), "--data", data, "--out", "evaluated"],
    ["explain", "phantoms/test/PNEUMONIA", "--model", join(cwd, "first"), "--out", "explained"],
    ["export", join(cwd, "first"), "--format", "tfjs", "--out", "exported"],
  ]) {
    const { code, err } = await run(...args);
    assert.equal(code, 0, err);
    assert.deepEqual(filesThatTell(join(cwd, args.at(-1) as string), [telling, homedir()]), [], args[0]);
  }
});

test("of places that lie in each other the longest is named first", () => {
  const text = "/a/data/x.png: cannot be read: open '/a/data/x.png'; see /a/log and pretrained";
  assert.equal(
    textWithoutPaths(text, ["/a", "/a/data", "pretrained", "/"]),
    "data/x.png: cannot be read: open 'data/x.png'; see a/log and pretrained",
  );
});
