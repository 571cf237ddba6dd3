// Every file below a folder, in the same order on every machine.
import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { compareText } from "../../core/compare-text.js";
import { AppError, messageOf } from "../../core/errors.js";

/**
 * Paths relative to `folder` with forward slashes. Hidden files and Mac leftovers are passed over; links are followed, a
 * folder that is reached twice through them is listed once.
 * @throws AppError FILE_UNREADABLE
 */
export async function* filesBelow(folder: string, prefix = "", linked = new Set<string>()): AsyncGenerator<string> {
  const entries = await list(join(folder, prefix));
  entries.sort((a, b) => compareText(a.name, b.name));
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name.toUpperCase() === "__MACOSX") continue;
    const path = prefix + entry.name;
    if (entry.isSymbolicLink()) {
      const target = await realpath(join(folder, path)).catch(() => undefined);
      const status = target === undefined ? undefined : await stat(target).catch(() => undefined);
      if (status?.isFile() === true) yield path;
      if (target === undefined || status?.isDirectory() !== true || linked.has(target)) continue;
      linked.add(target);
      yield* filesBelow(folder, `${path}/`, linked);
    } else if (entry.isDirectory()) yield* filesBelow(folder, `${path}/`, linked);
    else if (entry.isFile()) yield path;
  }
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    const rule = `cannot be listed: ${messageOf(thrown)}`;
    throw new AppError("FILE_UNREADABLE", { place: folder, rule, remedy: "Name a readable folder" }, { cause: thrown });
  }
}
