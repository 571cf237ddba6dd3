// `data download` from the command line's end: a local server stands for every publisher, and has another file than theirs.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Command } from "commander";
import { zipSync } from "fflate";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { hasCode } from "../../../test/support/has-code.js";
import { type MisbehavingServer, soundly, startMisbehavingServer } from "../../../test/support/misbehaving-server.js";
import { noise } from "../../../test/support/npz.js";
import { addDataCommand } from "./data.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-download-cli-"));
const content = Buffer.from(zipSync({ "chest_xray/train/NORMAL/a.jpeg": noise(1000) }));
let server: MisbehavingServer;
before(async () => {
  server = await startMisbehavingServer(content);
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function run(...args: readonly string[]) {
  const env = { XDG_CACHE_HOME: join(folder, "xdg"), KAGGLE_USERNAME: "me", KAGGLE_KEY: "secret" };
  const terminal = capturedTerminal({ cwd: folder, env });
  Object.assign(terminal.err, { isTTY: true, columns: 80 });
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  const asked: string[] = [];
  addDataCommand(program, terminal, (url, init) => {
    asked.push(url);
    return globalThis.fetch(server.url, init);
  });
  const ended = program.parseAsync(["data", "download", ...args], { from: "user" });
  return { ended, asked, terminal };
}

test("the publisher's archive must have the checksum that is known", async () => {
  const { ended, asked } = await run("kermany");
  await assert.rejects(ended, hasCode("DATASET_SOURCE_INVALID", "its sha256 should be 13efc055629733db"));
  assert.deepEqual(
    asked.map((url) => new URL(url).host),
    ["data.mendeley.com"],
  );
  assert.deepEqual(readdirSync(folder), ["xdg"]);
});

test("Kaggle's must hold the published images; its progress is told", async () => {
  const { ended, asked, terminal } = await run("kermany", "--from", "kaggle", "--cache", "here");
  await assert.rejects(ended, hasCode("DATASET_SOURCE_INVALID", "should hold the 5856 images"));
  assert.deepEqual(
    asked.map((url) => new URL(url).host),
    ["www.kaggle.com"],
  );
  assert.match(terminal.errText(), /downloading[\s\S]*unpacking/);
  assert.deepEqual(readdirSync(folder).sort(), ["here", "xdg"]);
});

test("unknown names and origins are refused", async () => {
  await assert.rejects((await run("kermani")).ended, hasCode("OPTION_INVALID", 'Did you mean "kermany"?'));
  await assert.rejects((await run("kermany", "--from", "ftp")).ended, /publisher, kaggle/);
  server.behave(({ response }) => response.writeHead(503).end());
  await assert.rejects((await run("kermany")).ended, hasCode("DOWNLOAD_FAILED", "the server answered 503"));
  server.behave(soundly);
});
