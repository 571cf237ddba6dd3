// `pneumoscope weights` from the command line's end: a local server stands for every publisher.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Command } from "commander";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { hasCode } from "../../../test/support/has-code.js";
import { type MisbehavingServer, startMisbehavingServer } from "../../../test/support/misbehaving-server.js";
import { zoo } from "../../model/zoo/registry.js";
import { addWeightsCommand } from "./weights.js";

const content = Buffer.concat([Buffer.from("\x89HDF\r\n\x1a\n", "latin1"), Buffer.alloc(1_000_000, "weights")]);
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-weights-cli-"));
let server: MisbehavingServer;

before(async () => {
  server = await startMisbehavingServer(content);
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function run(...args: readonly string[]) {
  const terminal = capturedTerminal({ cwd: folder, env: { XDG_CACHE_HOME: join(folder, "xdg") } });
  const program = new Command().exitOverride();
  addWeightsCommand(program, terminal, (_url, init) => globalThis.fetch(server.url, init));
  await program.parseAsync(["weights", ...args], { from: "user" });
  return terminal.outText();
}

test("list shows every model, fetch changes its state", async () => {
  const before = await run("list");
  for (const { id } of zoo) assert.match(before, new RegExp(`^${id} `, "m"));
  assert.match(before, /^mobilenet +ImageNet +Apache-2\.0 +no +none +storage\.googleapis\.com$/m);
  assert.match(before, /^custom +random +needs none$/m);
  assert.ok(before.includes(join(folder, "xdg", "pneumoscope", "weights")));
  const fetched = await run("fetch", "MobileNet-v1");
  assert.match(fetched, /^mobilenet: fetched, 1 MB, no checksum is published$/m);
  assert.match(fetched, /^ {2}sha256 [0-9a-f]{64}, kept: from now on the file must have it$/m);
  assert.match(fetched, /^ {2}What HTTPS brought is taken for the publisher's/m);
  assert.match(before, /^densenet121 .* MD5 +storage\.googleapis\.com$/m);
  assert.match(await run("list"), /^mobilenet +ImageNet +Apache-2\.0 +yes, 1\.0 MB /m);
  assert.match(await run("fetch", "mobilenet"), /already here/);
  const rows = JSON.parse(await run("list", "--json"));
  assert.equal(rows.find((row: { model: string }) => row.model === "mobilenet").cached.state, "ready");
});

test("a published checksum that does not fit, an unknown model and one without weights are errors", async () => {
  await assert.rejects(run("fetch", "densenet121", "--cache", "here"), hasCode("WEIGHTS_DAMAGED", "its md5 should be"));
  // The first of all that have weights; the server's file is not its.
  await assert.rejects(run("fetch", "all", "--cache", "everything"), hasCode("WEIGHTS_DAMAGED", "efficientnetb0.h5"));
  await assert.rejects(run("fetch", "densnet121"), hasCode("MODEL_UNKNOWN", 'Did you mean "densenet121"?'));
  await assert.rejects(run("fetch", "custom"), hasCode("OPTION_INVALID", "every weight starts at random"));
});
