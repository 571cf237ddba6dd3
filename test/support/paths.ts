// Where tests find things: the project's root, golden files, and the real data when it is there.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder: tests run from `dist/`, so it is found by its package.json. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** A file under test/golden. */
export const golden = (...parts: string[]): string => join(projectRoot, "test", "golden", ...parts);

/** Folder with real images and weights; `PNEUMOSCOPE_TEST_DATA` overrides the place beside the project. */
export const realData = (...parts: string[]): string =>
  join(process.env.PNEUMOSCOPE_TEST_DATA ?? join(projectRoot, "..", "shared", "data"), ...parts);

/** For `test(name, { skip: withoutRealData("chest_xray") }, …)`: a reason to skip, or false when the data is there. */
export function withoutRealData(...parts: string[]): string | false {
  return existsSync(realData(...parts)) ? false : `real data is absent: ${realData(...parts)}`;
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  return findRoot(dirname(folder));
}
