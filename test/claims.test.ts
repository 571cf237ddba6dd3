// Words that promised more than is known, once found in these pages and programs: none comes back.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "./support/paths.js";

const withdrawn = [
  /intervals? (?:on|for|with) every number/i,
  /would be right in/,
  /everything chosen without the test/i,
  /(?:no|without seeing) lung detail/i,
  /probability of pneumonia/i,
  /two or three points of accuracy/,
  /\((?:Pneumonia|Normal) \(Class \d\)/,
  /official 624/,
] as const;

const places = ["README.md", "FEATURES.md", "ARCHITECTURE.md", "docs", "src", "web", "examples"];

test("no page and no program says what was withdrawn", () => {
  const files = places.flatMap((place) =>
    /\.md$/.test(place)
      ? [place]
      : readdirSync(join(projectRoot, place), { recursive: true, encoding: "utf8" })
          .filter((name) => /\.(?:md|tsx?)$/.test(name) && !name.includes("node_modules"))
          .map((name) => join(place, name)),
  );
  assert.ok(files.length > 500, `${files.length} files`);
  for (const file of files) {
    const text = readFileSync(join(projectRoot, file), "utf8");
    for (const words of withdrawn) assert.doesNotMatch(text, words, file);
  }
});
