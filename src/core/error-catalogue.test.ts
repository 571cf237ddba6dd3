import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../test/support/paths.js";
import { errorCatalogue } from "./error-catalogue.js";

const document = readFileSync(join(projectRoot, "docs", "errors.md"), "utf8");
const [, ...sections] = document.split(/^## /m);
const documented = sections.map((section) => section.slice(0, section.indexOf("\n")).trim());

test("docs/errors.md and the catalogue hold the same codes, the document in alphabetical order", () => {
  assert.deepEqual(documented, Object.keys(errorCatalogue).sort());
});

test("every section says when the error is raised and what to do", () => {
  const thin = sections.filter((section) => section.slice(section.indexOf("\n")).trim().split(/\s+/).length < 12);
  assert.deepEqual(thin, []);
});
