// Every source is told of in docs/data.md, under the name that --source takes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../test/support/paths.js";
import { sources } from "./sources.js";

test("docs/data.md has a row for every source, and no others", () => {
  const page = readFileSync(join(projectRoot, "docs", "data.md"), "utf8");
  const table = page.slice(page.indexOf("| `--source` |"));
  const [, ...rows] = [...table.slice(0, table.indexOf("\n\n")).matchAll(/^\| `([\w-]+)` \|/gm)].map(
    ([, name]) => name,
  );
  assert.deepEqual(rows.sort(), sources.map(({ name }) => name).sort());
});
