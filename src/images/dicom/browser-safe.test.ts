// What decode-dicom.ts loads must run in a page: followed through every import, nothing of Node and no native library.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../test/support/paths.js";

/** Packages without native parts that bundlers take. */
const browserPackages = /^(dicom-parser|fflate|@cornerstonejs\/[\w-]+(\/\w+)?)$/;

function follow(path: string, seen: Set<string>): readonly string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = readFileSync(path, "utf8");
  const used = /\b(Buffer|process|__dirname|require)\b[.(]/.exec(text);
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"\n]+)"/g)].map((match) => match[1] as string);
  return [
    ...(used === null ? [] : [`${path} uses ${used[1]}`]),
    ...imports.flatMap((name) => {
      if (name.startsWith(".")) return follow(join(dirname(path), name.replace(/\.js$/, ".ts")), seen);
      return browserPackages.test(name) ? [] : [`${path} imports ${name}`];
    }),
  ];
}

test("nothing that decode-dicom.ts imports needs Node", () => {
  const seen = new Set<string>();
  const offenders = follow(join(projectRoot, "src", "images", "dicom", "decode-dicom.ts"), seen);
  assert.deepEqual(offenders, []);
  assert.ok(seen.size > 20, `${seen.size} files were followed`);
});
