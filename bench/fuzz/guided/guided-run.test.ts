// A few files of a coverage-guided run: new blocks are seen, files that reach them are kept, and the next run starts with
// them.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runGuided } from "./guided-run.js";

const corpus = mkdtempSync(join(tmpdir(), "pneumoscope-corpus-"));
after(() => rmSync(corpus, { recursive: true }));

test("files that reach new code are kept and changed further", async () => {
  const options = { reader: "png in the page", corpus, count: 60, keep: async () => undefined };
  const first = await runGuided({ ...options, first: 0 });
  assert.deepEqual(first.findings, []);
  assert.equal(first.n, 60);
  const kept = readdirSync(corpus).length;
  assert.ok(kept > 0 && kept < 60, `${kept} of 60 reached something new`);
  const second = await runGuided({ ...options, first: 60 });
  assert.ok(second.covered >= first.covered, `${second.covered} blocks after ${first.covered}`);
  assert.ok(second.corpus >= first.corpus, "the second run starts with what the first one kept");
});
