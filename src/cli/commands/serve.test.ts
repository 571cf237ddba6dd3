// `pneumoscope serve` as a process: what it prints and logs, that scores are predict's, signals, and what it refuses.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brightnessScore, writeBrightnessModel, writeFlatImage } from "../../../test/support/brightness-model.js";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { golden, projectRoot } from "../../../test/support/paths.js";
import { runCommandLine } from "../main.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-serve-"));
const children = new Set<ChildProcess>();

before(async () => {
  await writeBrightnessModel(join(folder, "own.h5"), { threshold: 0.7 });
  await writeBrightnessModel(join(folder, "keras.h5"), { threshold: null });
  await writeFlatImage(join(folder, "jane-doe.png"), 230);
  await writeFlatImage(join(folder, "grey.jpeg"), 120, 300);
  copyFileSync(golden("dicom", "grey-8.dcm"), join(folder, "scan.dcm"));
});
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Starts the command; `address` comes when it listens. */
const serve = (...args: string[]) => serveWith([], ...args);

/** @param nodeOptions of Node.js itself */
function serveWith(nodeOptions: readonly string[], ...args: string[]) {
  const program = join(projectRoot, "bin", "pneumoscope.js");
  const child = spawn(process.execPath, [...nodeOptions, program, "serve", ...args], { cwd: folder, stdio: "pipe" });
  children.add(child);
  const text = { out: "", err: "" };
  const address = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk) => {
      text.out += String(chunk);
      const found = / at (https?:\S+)\n[\s\S]*Stop with/.exec(text.out);
      if (found !== null) resolve(found[1] as string);
    });
  });
  child.stderr.on("data", (chunk) => {
    text.err += String(chunk);
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, text, address, ended };
}

interface Entry {
  readonly name: string;
  readonly score: number;
  readonly label: string;
  readonly warnings: readonly unknown[];
  readonly scope: unknown;
}

async function readingsOf(url: string, files: readonly string[]): Promise<readonly Entry[]> {
  const form = new FormData();
  for (const file of files) form.append("files", new Blob([readFileSync(join(folder, file))]), file);
  const reply = await fetch(`${url}/v1/predict`, { method: "POST", body: form });
  return ((await reply.json()) as { results: Entry[] }).results;
}

const port = ["--port", "0"];

test("serves a model without libtorch, logs no names, and ends with 0 when told to stop", async () => {
  const { child, text, address, ended } = serve("--model", "own.h5", ...port);
  const url = await address;
  assert.match(
    text.out,
    /^Serving Brightness \(custom-[0-9a-f]{12}\) at http:\/\/127\.0\.0\.1:\d+\n {2}Threshold 0\.7 /,
  );
  assert.match(text.out, /Research use only; not a medical device/);
  const files = ["jane-doe.png", "grey.jpeg", "scan.dcm"];
  const results = await readingsOf(url, files);
  assert.deepEqual([results[0]?.name, results[0]?.label], ["jane-doe.png", "PNEUMONIA"]);
  assert.ok(Math.abs((results[0]?.score ?? 0) - brightnessScore(230)) < 1e-4);
  assert.ok(results[0]?.scope !== null && results[2]?.warnings.length !== undefined);
  const terminal = capturedTerminal({ cwd: folder });
  assert.equal(await runCommandLine(["predict", ...files, "--model", "own.h5", "--json"], terminal), 0);
  const rows = terminal.outText().trimEnd().split("\n");
  assert.deepEqual(
    results.map(({ score }) => score),
    rows.map((row) => JSON.parse(row).score),
    "the API and predict give the same scores",
  );
  const model = await fetch(`${url}/model.onnx`);
  assert.equal(Number(model.headers.get("content-length")), (await model.arrayBuffer()).byteLength);
  const maps = `/proc/${child.pid}/maps`;
  if (existsSync(maps)) assert.ok(!readFileSync(maps, "utf8").includes("libtorch"));
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { code: 0, signal: null });
  const lines = text.err.trimEnd().split("\n");
  const log = JSON.parse(lines[0] as string);
  assert.deepEqual([log.method, log.route, log.status], ["POST", "/v1/predict", 200]);
  assert.ok(!/jane/i.test(text.err), text.err);
});

test("a second signal ends it at once, whoever hangs", async () => {
  const { child, text, address, ended } = serve("--model", "keras.h5", "--log", "off", ...port);
  const url = new URL(await address);
  assert.match(text.out, /does not say how it wants to be read/);
  const hanging = connect(Number(url.port), "127.0.0.1");
  hanging.on("error", () => undefined);
  hanging.write(
    "POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: 99\r\n\r\nhalf",
  );
  const held = async () => /^pneumoscope_held_bytes 4$/m.test(await (await fetch(`${url.origin}/metrics`)).text());
  while (!(await held())) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGINT");
  while (!text.err.includes("Stopping")) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGINT");
  assert.deepEqual(await ended, { code: 130, signal: null });
  assert.equal(text.err, "Stopping: requests that run have 8 s to finish. Once more ends at once.\n");
  hanging.destroy();
});

test("with a lock: tokens and audit log are read again on SIGHUP, a bad file changes nothing and is told", async () => {
  const token = "0123456789abcdef01234567";
  const tokens = join(folder, "tokens");
  writeFileSync(tokens, `ward-3 ${token}\n`, { mode: 0o600 });
  const args = ["--host", "0.0.0.0", "--token-file", "tokens", "--audit-log", "audit.jsonl", "--log", "off", ...port];
  const { child, text, address, ended } = serve("--model", "own.h5", ...args);
  const url = (await address).replace("0.0.0.0", "127.0.0.1");
  assert.match(
    text.out,
    /Asks for a token of its --token-file\.\n.*Other machines can reach it, and it does not encrypt/,
  );
  const statusFor = async (given: string) =>
    (await fetch(`${url}/v1/model`, { headers: { authorization: `Bearer ${given}` } })).status;
  assert.deepEqual([(await fetch(`${url}/model.onnx`)).status, await statusFor(token)], [401, 200]);
  assert.equal((await fetch(`${url}/health/live`)).status, 200);
  const hangUp = async (words: RegExp) => {
    text.err = "";
    child.kill("SIGHUP");
    while (!words.test(text.err)) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  writeFileSync(tokens, "short");
  await hangUp(/tokens: as before, because .*24 characters[\s\S]*audit log: read again/);
  assert.equal(await statusFor(token), 200);
  writeFileSync(tokens, `${token}-new`);
  renameSync(join(folder, "audit.jsonl"), join(folder, "audit.1"));
  await hangUp(/tokens: read again[\s\S]*audit log: read again/);
  assert.deepEqual([await statusFor(token), await statusFor(`${token}-new`)], [401, 200]);
  const clientsIn = (name: string) =>
    readFileSync(join(folder, name), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).client);
  // A line is written when its answer is sent, which its client may see first.
  while (clientsIn("audit.jsonl").length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(clientsIn("audit.1"), ["127.0.0.1", "ward-3", "127.0.0.1", "ward-3"]);
  assert.match(clientsIn("audit.jsonl").join(" "), /^127\.0\.0\.1 token-[0-9a-f]{8}$/);
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});

test("whatever keeps it, a server that is told to stop has ended when its grace is over", async () => {
  // A thread that never ends stands for a decoder or a model that hangs.
  const hang =
    "data:text/javascript,import{Worker}from'node:worker_threads';if(process.argv[2]==='serve')new Worker('for(;;);',{eval:true})";
  const { child, address, ended } = serveWith(
    ["--import", hang],
    "--model",
    "own.h5",
    "--grace",
    "2",
    "--log",
    "off",
    ...port,
  );
  await address;
  const start = performance.now();
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { code: 143, signal: null });
  assert.ok(performance.now() - start < 10_000);
});

test("a Keras file of P(normal): the API and the page's model give P(pneumonia)", async () => {
  const { child, text, address, ended } = serve("--model", "keras.h5", "--scores", "normal", "--log", "off", ...port);
  const url = await address;
  assert.match(text.out, /sigmoid = P\(normal\), threshold 0\.5/);
  const [entry] = await readingsOf(url, ["jane-doe.png"]);
  assert.ok(Math.abs((entry?.score ?? 0) - (1 - brightnessScore(230))) < 1e-5);
  const { hasContract, intendedUse } = (await (await fetch(`${url}/v1/model`)).json()) as Record<string, unknown>;
  assert.equal(hasContract, false);
  assert.match(String(intendedUse), /^The file does not say .*assumed/);
  writeFileSync(join(folder, "page.onnx"), Buffer.from(await (await fetch(`${url}/model.onnx`)).arrayBuffer()));
  const terminal = capturedTerminal({ cwd: folder });
  assert.equal(await runCommandLine(["predict", "jane-doe.png", "--model", "page.onnx", "--json"], terminal), 0);
  assert.equal(JSON.parse(terminal.outText()).score, entry?.score);
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});

test("a taken port, a missing model and limits that contradict each other are told in words", async (context) => {
  const plain = createServer().listen(0, "127.0.0.1");
  context.after(() => plain.close());
  await once(plain, "listening");
  const taken = String((plain.address() as AddressInfo).port);
  const cases: [string[], number, RegExp][] = [
    [["--model", "own.h5", "--port", taken], 1, /^pneumoscope: SERVER_ADDRESS_TAKEN: port \d+ of 127\.0\.0\.1: /],
    [["--model", "absent.onnx", ...port], 1, /^pneumoscope: FILE_MISSING: .*absent\.onnx/],
    [
      ["--model", "own.h5", ...port, "--comparison", "none.html"],
      1,
      /^pneumoscope: FILE_MISSING: --comparison none\.html: /,
    ],
    [
      ["--model", "own.h5", ...port, "--max-files", "65"],
      1,
      /^pneumoscope: OPTION_INVALID: --max-files, --max-queue: /,
    ],
    [
      ["--model", "own.h5", "--scores", "normal", ...port],
      1,
      /^pneumoscope: OPTION_INVALID: .*own\.h5: says itself that its score is P\(pneumonia\)/,
    ],
    [["--model", "own.h5", "--port", "70000"], 2, /--port/],
    [
      ["--model", "own.h5", ...port, "--host", "0.0.0.0"],
      1,
      /^pneumoscope: SERVER_UNLOCKED: host 0\.0\.0\.0: .*--token-file.*--no-authentication/,
    ],
    [["--model", "own.h5", ...port, "--with-report"], 1, /^pneumoscope: FILE_MISSING: .*report\.html: /],
    [
      ["--model", "own.h5", ...port, "--tls-key", "tokens"],
      1,
      /^pneumoscope: OPTION_INVALID: --tls-certificate, --tls-key: /,
    ],
    [
      ["--model", "own.h5", ...port, "--token-file", "tokens", "--no-authentication"],
      1,
      /^pneumoscope: OPTION_INVALID: --no-authentication, --token-file: /,
    ],
    [["--model", "own.h5", ...port, "--token-file", "absent"], 1, /^pneumoscope: TOKEN_FILE_INVALID: .*absent/],
    [["--model", "own.h5", ...port, "--audit-log", "absent/log"], 1, /^pneumoscope: AUDIT_LOG_UNWRITABLE: /],
  ];
  for (const [args, code, message] of cases) {
    const { text, ended } = serve(...args);
    assert.deepEqual([(await ended).code, text.out], [code, ""], text.err);
    assert.match(text.err, message);
  }
});
