// Every source is told of in docs/data.md or docs/data-sources.md, under the name that --source takes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../test/support/paths.js";
import { sources } from "./sources.js";

test("the pages on data name every source", () => {
  const pages = ["data.md", "data-sources.md"].map((name) => readFileSync(join(projectRoot, "docs", name), "utf8"));
  const missing = sources.map(({ name }) => name).filter((name) => !pages.some((page) => page.includes(`\`${name}\``)));
  assert.deepEqual(missing, []);
});
