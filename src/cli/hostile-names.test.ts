import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { capturedTerminal } from "../../test/support/captured-terminal.js";
import { synthesise } from "../dataset/synthesise.js";
import { runCommandLine } from "./main.js";

const skip = process.platform === "win32" && "such names cannot be there";

/** Clears the screen, hides what came before, fakes a line, turns the writing's direction; C1 codes do the same in one character. */
const hostile = "a\u001b[2J\rb\nNothing is wrong.\u009b31m\u202egnp\u2067\u007f\u200f";
const shown = "a\\u001b[2J\\u000db\\u000aNothing is wrong.\\u009b31m\\u202egnp\\u2067\\u007f\\u200f";
const base = mkdtempSync(join(tmpdir(), "pneumoscope-names-"));
const cwd = join(base, hostile);
const size = ["--image-size", "32", "--threads", "1", "--batch", "8", "--epochs", "1"];

async function run(...args: string[]) {
  return runOn({}, ...args);
}

async function runOn(out: object, ...args: string[]) {
  const terminal = capturedTerminal({ cwd });
  Object.assign(terminal.out, out);
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

/** Neither a terminal nor a line-by-line reader is steered. */
function assertHarmless(text: string): void {
  assert.doesNotMatch(text, /(?![\n\t])\p{Cc}|\p{Bidi_Control}|[\u2028\u2029]/u, JSON.stringify(text));
  assert.doesNotMatch(text, /^Nothing is wrong\./m);
}

before(async () => {
  if (skip !== false) return;
  mkdirSync(cwd);
  const counts = {
    train: { normal: 24, pneumonia: 24 },
    val: { normal: 4, pneumonia: 4 },
    test: { normal: 6, pneumonia: 6 },
  };
  const data = join(cwd, hostile);
  await synthesise(data, { counts, seed: 3, size: 64 });
  const normal = join(data, "train", "NORMAL");
  const [first = ""] = readdirSync(normal);
  copyFileSync(join(normal, first), join(data, "test", "NORMAL", `${hostile}.jpeg`)); // in two splits
  writeFileSync(join(normal, `unreadable ${hostile}.jpeg`), "no image");
  symlinkSync(join(cwd, "nowhere"), join(data, "test", "NORMAL", `absent ${hostile}.png`));
  writeFileSync(join(normal, `note ${hostile}.txt`), "");
});

after(() => rmSync(base, { recursive: true }));

test("data summary and data check show hostile names escaped", { skip }, async () => {
  const summary = await run("data", "summary", hostile);
  assert.ok(summary.out.includes(shown));
  const check = await run("data", "check", hostile);
  assert.equal(check.code, 1);
  for (const part of [`unreadable ${shown}.jpeg (IMAGE_UNREADABLE)`, `absent ${shown}.png (`, `note ${shown}.txt (`]) {
    assert.ok(check.out.includes(part), part);
  }
  assert.ok(check.err.includes(`${shown}: a dataset should have none of these.`));
  for (const text of [summary.out, check.out, check.err]) assertHarmless(text);
});

test("train, evaluate, compare, export, predict and explain show them escaped", { skip }, async () => {
  const runName = `run ${hostile}`;
  const inputs = [join(hostile, "test"), "--model", runName];
  for (const [args, code] of [
    [["train", "--data", hostile, "--patients", "unknown", "--leaks", "accept", "--out", runName, ...size], 0],
    [["evaluate", runName, "--data", hostile, "--out", `evaluated ${hostile}`], 0],
    [["compare", runName, "--out", `compared ${hostile}`], 0],
    [["export", runName, "--format", "onnx", "--out", `${hostile}.onnx`], 0],
    [["export", runName, "--format", "keras", "--out", `${hostile}.h5`], 0],
    [["predict", ...inputs], 0],
    [["explain", ...inputs, "--out", `explained ${hostile}`], 0],
    [["train", "--data", `none ${hostile}`], 1],
    [["models", hostile], 1],
    [["train", `--${hostile}`], 2],
  ] as const) {
    const ended = await run(...args);
    assert.equal(ended.code, code, ended.err);
    assert.ok((ended.out + ended.err).includes("\\u001b[2J\\u000db"), `${args[0]}: ${ended.out}${ended.err}`);
    if (code !== 2) assertHarmless(ended.out + ended.err); // commander breaks lines where it quotes an option's
  }
  for (const command of ["predict", "explain"]) {
    const out = command === "explain" ? ["--out", "explained on a terminal"] : [];
    const table = await runOn({ isTTY: true, columns: 100 }, command, ...inputs, ...out);
    assert.ok(table.out.replaceAll(/\n +/g, " ").includes(`absent ${shown}.png`), table.out);
    assertHarmless(table.out + table.err);
  }
});

test("JSON is as harmless to look at, and gives the exact names; CSV holds them as they are", { skip }, async () => {
  const inputs = [join(hostile, "test"), "--model", `run ${hostile}`];
  const name = join(hostile, "test", "NORMAL", `${hostile}.jpeg`);
  const json = await run("predict", ...inputs, "--json");
  assertHarmless(json.out);
  const paths = json.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).path); // one object a line
  assert.ok(paths.includes(name));
  const check = await run("data", "check", hostile, "--json");
  assertHarmless(check.out);
  assert.equal(JSON.parse(check.out).root, join(cwd, hostile));
  const explained = await run("explain", ...inputs, "--json", "--no-check", "--out", "explained as JSON");
  assertHarmless(explained.out);
  assert.ok((await run("predict", ...inputs, "--csv")).out.includes(name));
});
