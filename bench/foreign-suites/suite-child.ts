// A process of its own that reads files one after the other as its parent names them: a file that takes a native library
// down, or never comes back, takes only this process with it.
import { readFileBothWays } from "./read-file.js";
import type { Reference } from "./reference-index.js";

export interface SuiteTask {
  readonly folder: string;
  readonly reference: Reference;
}

process.on("message", async ({ folder, reference }: SuiteTask) => {
  process.send?.(await readFileBothWays(folder, reference));
});
