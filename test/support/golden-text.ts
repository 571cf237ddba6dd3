// Compares a text with its golden file. `PNEUMOSCOPE_UPDATE_GOLDEN=1` writes the file instead: look at the difference
// before committing it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export function assertGoldenText(path: string, actual: string): void {
  if (process.env.PNEUMOSCOPE_UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  assert.equal(actual, readFileSync(path, "utf8"), `${path}: differs from what is drawn now`);
}
