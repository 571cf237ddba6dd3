// Content stamps: what a step was made from, so that an unchanged step is skipped.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * A hash of texts and of files' contents.
 * @param {{ texts?: readonly string[], files?: readonly string[] }} parts
 * @returns {Promise<string>}
 */
export async function stampOf({ texts = [], files = [] }) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text}\0`);
  for (const file of files) hash.update(`${file}\0`).update(await readFile(file));
  return hash.digest("hex");
}

/**
 * The stamp kept under a path, or undefined.
 * @param {string} path
 */
export async function readStamp(path) {
  return readFile(path, "utf8").catch(() => undefined);
}

/**
 * @param {string} path
 * @param {string} stamp
 */
export async function writeStamp(path, stamp) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, stamp);
}

/**
 * Every file below a folder whose name passes, sorted; none when the folder is absent.
 * @param {string} folder
 * @param {(name: string) => boolean} accepts
 * @returns {Promise<string[]>} paths that begin with `folder`
 */
export async function filesBelow(folder, accepts) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && accepts(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
