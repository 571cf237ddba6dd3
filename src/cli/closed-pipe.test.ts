import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import sharp from "sharp";
import { projectRoot } from "../../test/support/paths.js";
import { synthesise } from "../dataset/synthesise.js";

const skip = process.platform === "win32" && "there are no pipes of a POSIX shell";
const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-pipe-"));
const program = join(projectRoot, "bin", "pneumoscope.js");

/** Shell scripts that run their arguments with a reader that is gone before anything is written. */
const closed = {
  stdout: '{ "$@"; echo "exit $?" >&2; } | :',
  stderr: '{ { "$@" 2>&1 >&3; echo "exit $?" >&4; } | :; } 3>&1 4>&2',
  both: '{ { "$@" 2>&1; echo "exit $?" >&4; } | :; } 4>&2',
} as const;

/** What still arrives; `err` ends with the exit code. */
function runShell(script: string, args: readonly string[]): Promise<{ readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile("sh", ["-c", script, "sh", process.execPath, program, ...args], { cwd }, (_error, out, err) =>
      resolve({ out, err }),
    );
  });
}

before(async () => {
  if (skip !== false) return;
  const counts = {
    train: { normal: 12, pneumonia: 12 },
    val: { normal: 2, pneumonia: 2 },
    test: { normal: 12, pneumonia: 12 },
  };
  await synthesise(join(cwd, "phantoms"), { counts, seed: 3, size: 64 });
});

after(() => rmSync(cwd, { recursive: true }));

test("a training whose reader has gone leaves a finished run", { skip }, async () => {
  const settings = ["--data", "phantoms", "--out", "run", "--epochs", "1", "--batch", "8", "--threads", "1"];
  const { err } = await runShell(closed.stdout, ["train", ...settings]);
  assert.match(err, /^exit 0$/m);
  assert.match(err, /^Epoch 1\/1: /m);
  assert.doesNotMatch(err, /EPIPE|pneumoscope:|terminate/);
  assert.ok(existsSync(join(cwd, "run", "report.html")));
});

test("every command that prints ends quietly when its reader has gone", { skip }, async () => {
  const commands = [
    ["--help"],
    ["doctor"],
    ["models"],
    ["models", "resnet152v2"],
    ["weights", "list"],
    ["data", "summary", "phantoms"],
    ["data", "check", "phantoms", "--json"],
    ["predict", "phantoms", "--model", "run"],
    ["evaluate", "run", "--data", "phantoms", "--out", "evaluated-"],
    ["explain", "phantoms/test/NORMAL", "--model", "run", "--no-check", "--out", "explained-"],
    ["compare", "run", "--out", "compared-"],
    ["export", "run", "--format", "onnx", "--out", "exported-"],
  ];
  const endings: Readonly<Record<string, string>> = { "exported-": ".onnx" };
  const ran = commands.flatMap((command, i) =>
    (["stdout", i % 2 === 0 ? "stderr" : "both"] as const).map((end) => ({
      end,
      args: command.map((arg) => (arg.endsWith("ed-") ? `${arg}${end}${endings[arg] ?? ""}` : arg)),
    })),
  );
  for (const { end, args } of ran) {
    const { out, err } = await runShell(closed[end], args);
    const what = `${args.join(" ")} with ${end} closed:\n${err}`;
    assert.match(err, /^exit 0\n$/m, what);
    assert.doesNotMatch(err, /EPIPE|Error|pneumoscope:|terminate/, what);
    assert.equal(out !== "", end === "stderr", what);
  }
  // What is made for its files is whole all the same.
  for (const made of [/^evaluated-\w+\/metrics\.json$/, /^compared-\w+\/comparison\.html$/, /^exported-\w+\.onnx$/]) {
    assert.equal(readdirSync(cwd, { recursive: true }).filter((name) => made.test(String(name))).length, 2, `${made}`);
  }
});

test("head takes its lines of predict, time after time", { skip }, async () => {
  const script = '{ "$@"; echo "exit $?" >&2; } | head -2';
  for (const form of ["--json", "--csv", "--batch=8", "--json", "--batch=1", "--json"]) {
    const { out, err } = await runShell(script, ["predict", "phantoms", "--model", "run", form]);
    assert.equal(out.split("\n").length, 3, out);
    assert.equal(err, "exit 0\n", form);
  }
});

test("a signal ends predict, evaluate and explain at once, with nothing half-written", { skip }, async () => {
  for (const [args, signal] of [
    [["predict", "phantoms", "--model", "run", "--json"], "SIGINT"],
    [["predict", "phantoms", "--model", "run", "--json"], "SIGTERM"],
    [["evaluate", "run", "--data", "phantoms", "--split", "train", "--out", "stopped-evaluation"], "SIGINT"],
    [["explain", "phantoms", "--model", "run", "--out", "stopped"], "SIGINT"],
    [["explain", "phantoms", "--model", "run", "--out", "stopped-too"], "SIGTERM"],
  ] as const) {
    const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    // The first row comes while the next batches are computed; evaluate prints none before its end.
    if (args[0] !== "evaluate") await new Promise((done) => child.stdout.once("data", done));
    while (args[0] === "evaluate" && !existsSync(join(cwd, "stopped-evaluation"))) await wait(20);
    child.kill(signal);
    const ended = await new Promise((done) => child.once("close", (_code, by) => done(by)));
    assert.equal(ended, signal, args.join(" ")); // a shell tells 130 and 143
    assert.doesNotMatch(err, /terminate|Error/, args.join(" "));
  }
  assert.deepEqual(readdirSync(join(cwd, "stopped-evaluation")), []);
  for (const folder of ["stopped", "stopped-too"].map((name) => join(cwd, name))) {
    const pictures = readdirSync(folder).filter((entry) => entry.endsWith(".png"));
    assert.ok(pictures.length > 0, `${folder} holds pictures`);
    for (const name of pictures) {
      await sharp(join(folder, name)).stats(); // reads every pixel
    }
  }
});
