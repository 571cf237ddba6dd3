// `npm run docs` as contributors run it: everything that is exported has a docstring, every function an example, no link
// leads nowhere (the command ends with code 1 otherwise), and the pages are there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { projectRoot } from "./support/paths.js";

const out = mkdtempSync(join(tmpdir(), "pneumoscope-reference-"));
after(() => rmSync(out, { recursive: true }));

test("the API reference is complete", () => {
  const script = join(projectRoot, "scripts", "reference", "build.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, out], { encoding: "utf8", cwd: projectRoot });
  assert.equal(status, 0, stdout + stderr);
  const page = readFileSync(join(out, "functions", "pneumoscope_inference.openClassifier.html"), "utf8");
  assert.match(page, /await using/);
  assert.match(page, /FILE_MISSING/);
  assert.ok(existsSync(join(out, "assets", "search.js")), "search");
});
