import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { capturedTerminal } from "../../test/support/captured-terminal.js";
import { AppError } from "../core/errors.js";
import { packageRoot, packageVersion } from "../core/package.js";
import { parameterCounts } from "../model/summary.js";
import { zoo } from "../model/zoo/registry.js";
import { reportFailure } from "./failure.js";
import { runCommandLine } from "./main.js";

async function runWith(...args: string[]) {
  const terminal = capturedTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

test("without arguments, and with --help, the help goes to stdout", async () => {
  const bare = await runWith();
  const asked = await runWith("--help");
  assert.deepEqual(bare, asked);
  assert.equal(bare.code, 0);
  assert.equal(bare.err, "");
  for (const part of ["Usage: pneumoscope", "Research use only", "doctor", "models"])
    assert.ok(bare.out.includes(part));
});

test("--version prints the package's version", async () => {
  assert.deepEqual(await runWith("--version"), { code: 0, out: `${packageVersion()}\n`, err: "" });
});

test("unknown commands and options end with 2 and the nearest name", async () => {
  const command = await runWith("modles");
  assert.equal(command.code, 2);
  assert.match(command.err, /unknown command 'modles'\s+\(Did you mean models\?\)/);
  const option = await runWith("models", "--jsn");
  assert.equal(option.code, 2);
  assert.match(option.err, /unknown option '--jsn'\s+\(Did you mean --json\?\)/);
  assert.equal(option.out, "");
});

test("models lists every entry of the registry, and as JSON", async () => {
  const table = await runWith("models");
  assert.equal(table.code, 0);
  const json = await runWith("models", "--json");
  const entries = JSON.parse(json.out);
  assert.deepEqual(
    entries.map((entry: { id: string }) => entry.id),
    zoo.map((entry) => entry.id),
  );
  for (const [i, entry] of zoo.entries()) {
    const total = parameterCounts(entry.build()).total;
    assert.match(table.out, new RegExp(`^${entry.id} .*${total.toLocaleString("en-US")}`, "m"));
    assert.equal(entries[i].parameters.total, total);
  }
});

test("models NAME shows the layers; an unknown name is an error with its code", async () => {
  const shown = await runWith("models", "custom");
  assert.match(shown.out, /Total params: 980289/);
  const unknown = await runWith("models", "costum");
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /^pneumoscope: MODEL_UNKNOWN: .*Received "costum"\. Did you mean "custom"\?/);
});

test("an unexpected error is one message with a hint; the stack only with DEBUG", () => {
  const fault = new TypeError("x is not a function", { cause: new Error("underneath") });
  const quiet = capturedTerminal();
  assert.equal(reportFailure(fault, quiet), 1);
  assert.match(quiet.errText(), /TypeError: x is not a function\n.*report.*\nSet DEBUG=1/);
  assert.doesNotMatch(quiet.errText(), /main\.test/);
  const loud = capturedTerminal({ env: { DEBUG: "1" } });
  reportFailure(fault, loud);
  assert.match(loud.errText(), /main\.test[\s\S]*caused by: Error: underneath/);
});

test("an AppError is its code and message, a closed pipe is no error, a stop is 130", () => {
  const terminal = capturedTerminal();
  assert.equal(reportFailure(new AppError("FILE_MISSING", { place: "x", rule: "should exist" }), terminal), 1);
  assert.equal(terminal.errText(), "pneumoscope: FILE_MISSING: x: should exist.\n");
  assert.equal(reportFailure(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }), terminal), 0);
  assert.equal(reportFailure(new DOMException("stopped", "AbortError"), terminal), 130);
});

test("a full disk behind standard output is one clear error", {
  skip: !existsSync("/dev/full") && "this system has no /dev/full",
}, () => {
  const full = openSync("/dev/full", "w");
  const program = join(packageRoot(), "bin", "pneumoscope.js");
  const { status, stderr } = spawnSync(process.execPath, [program, "models"], { stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  assert.equal(status, 1);
  assert.match(stderr.toString(), /^pneumoscope: FILE_UNWRITABLE: standard output: cannot be written: ENOSPC.*\n$/);
});
