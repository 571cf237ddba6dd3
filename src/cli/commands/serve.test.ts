// `pneumoscope serve` as a process: what it prints and logs, that scores are predict's, signals, and what it refuses.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
function serve(...args: string[]) {
  const program = join(projectRoot, "bin", "pneumoscope.js");
  const child = spawn(process.execPath, [program, "serve", ...args], { cwd: folder, stdio: "pipe" });
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
  ];
  for (const [args, code, message] of cases) {
    const { text, ended } = serve(...args);
    assert.deepEqual([(await ended).code, text.out], [code, ""], text.err);
    assert.match(text.err, message);
  }
});
