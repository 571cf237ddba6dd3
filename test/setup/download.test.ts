// Set-up's download of libtorch against a local server: verified, resumed, and clear when something is wrong.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../support/paths.js";
import { storedZip } from "./stored-zip.js";

const load = (name: string) => import(pathToFileURL(join(projectRoot, "scripts", "setup", name)).href);

const version = (part: string, value: number) => `#define TORCH_VERSION_${part} ${value}\n`;
const lib = process.platform === "darwin" ? "dylib" : "so";
const wheel = storedZip({
  "torch/include/ATen/ATen.h": "#error You need C++20: __cplusplus < 202002L\n",
  "torch/include/torch/csrc/api/include/torch/version.h":
    version("MAJOR", 2) + version("MINOR", 8) + version("PATCH", 0),
  [`torch/lib/libtorch_cpu.${lib}`]: "code",
  [`torch/lib/libc10.${lib}`]: "\0_ZN3c105ErrorC1ENS_14SourceLocationESs\0",
  "torch/lib/libtorch_python.so": "not wanted",
  "torch/nn/functional.py": "not wanted",
});
const sha256 = createHash("sha256").update(wheel).digest("hex");

let server: Server;
let url: string;
const ranges: (string | undefined)[] = [];
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-setup-"));

before(async () => {
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    if (request.url !== "/torch-fake.whl") return void response.writeHead(404).end();
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": wheel.length - from });
    response.end(wheel.subarray(from));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/torch-fake.whl`;
  process.env.PNEUMOSCOPE_CACHE = folder;
});

after(() => {
  server.close();
  delete process.env.PNEUMOSCOPE_CACHE;
  rmSync(folder, { recursive: true });
});

test("a wheel is downloaded, unpacked without its Python parts, and recognised as libtorch", async () => {
  const { downloadLibtorch, downloadedRoot } = await load("libtorch-download.js");
  const { inspectLibtorch } = await load("libtorch-inspect.js");
  const root = await downloadLibtorch({ url, sha256 });
  assert.equal(root, downloadedRoot());
  assert.equal(existsSync(join(root, "lib", "libtorch_python.so")), false);
  assert.equal(existsSync(join(root, "nn")), false);
  const found = await inspectLibtorch(root, "download");
  assert.equal(found.version, "2.8.0");
  assert.equal(found.standard, "c++20");
  assert.equal(found.cxx11Abi, false);
  assert.equal(found.cuda, false);
});

test("an interrupted download goes on where it stopped", async () => {
  const { downloadVerified } = await load("download.js");
  const file = join(folder, "resumed.whl");
  writeFileSync(`${file}.part`, wheel.subarray(0, 100));
  await downloadVerified({ url, sha256 }, file, { purpose: "a file", otherwise: "nothing" });
  assert.equal(ranges.at(-1), "bytes=100-");
  assert.deepEqual(readFileSync(file), wheel);
});

test("a damaged file is deleted and never gets its name", async () => {
  const { downloadVerified } = await load("download.js");
  const file = join(folder, "damaged.whl");
  const wrong = { url, sha256: "0".repeat(64) };
  await assert.rejects(downloadVerified(wrong, file, { purpose: "a file", otherwise: "copy it" }), (error: Error) => {
    assert.match(error.message, /arrived damaged/);
    assert.match((error as Error & { why: string }).why, new RegExp(`should be 0{64}. Received ${sha256}`));
    return true;
  });
  assert.equal(existsSync(file) || existsSync(`${file}.part`), false);
});

test("without the server the message names the address and the way round", async () => {
  const { downloadVerified } = await load("download.js");
  const { failureText } = await load("report.js");
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const missing = { url: `http://127.0.0.1:${port}/libtorch.whl`, sha256 };
  const about = { purpose: "libtorch", otherwise: "set PNEUMOSCOPE_LIBTORCH" };
  const thrown = await downloadVerified(missing, join(folder, "offline.whl"), about).catch((error: unknown) => error);
  const text = failureText(thrown);
  assert.match(text, /Set-up stopped: libtorch, could not be downloaded/);
  assert.match(text, /Why: http:\/\/127\.0\.0\.1:\d+\/libtorch\.whl: fetch failed \(.*ECONNREFUSED/);
  assert.match(text, /What to do: .*\n.*PNEUMOSCOPE_LIBTORCH/);
});

test("a wrong address is an error with the server's answer", async () => {
  const { downloadVerified } = await load("download.js");
  const wrong = { url: url.replace("fake", "none"), sha256 };
  await assert.rejects(
    downloadVerified(wrong, join(folder, "none.whl"), { purpose: "a file", otherwise: "" }),
    (error: Error & { why: string }) => /answered 404/.test(error.why),
  );
});
