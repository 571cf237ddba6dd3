// JSON files that say what went wrong: nothing is written that JSON cannot carry, nothing unchecked is read.
import { readFile, stat } from "node:fs/promises";
import { writeFileAtomically } from "./atomic-file.js";
import { AppError, messageOf, systemCodeOf } from "./errors.js";

/**
 * Writes `value` as indented JSON, atomically.
 * @throws AppError RUN_FILE_INVALID when a number is not finite or a value is not plain data (JSON would write null or
 *   drop it); write null on purpose instead. FILE_UNWRITABLE as `writeFileAtomically`.
 */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const misfit = findMisfit(value, "$");
  if (misfit !== undefined) {
    throw new AppError("RUN_FILE_INVALID", {
      place: path,
      rule: `${misfit.place} must be plain JSON data`,
      received: misfit.received,
      remedy: "Write null or omit it",
    });
  }
  await writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Reads a JSON file and hands it to `parse`, which checks it and gives back its type.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, or RUN_FILE_INVALID when it is not JSON or `parse` throws.
 */
export async function readJson<T>(path: string, parse: (value: unknown) => T): Promise<T> {
  const text = await readText(path);
  try {
    return parse(JSON.parse(text));
  } catch (thrown) {
    throw new AppError(
      "RUN_FILE_INVALID",
      {
        place: path,
        rule: `is not the JSON expected here: ${messageOf(thrown)}`,
        ...(hasRemedy(thrown) ? {} : { remedy: "Restore the file or start a new run" }),
      },
      { cause: thrown },
    );
  }
}

/** What `parse` throws may say itself what to do. */
const hasRemedy = (thrown: unknown): boolean => thrown instanceof AppError && thrown.remedy !== undefined;

/** A text file's content. @throws AppError FILE_MISSING or FILE_UNREADABLE */
export async function readText(path: string): Promise<string> {
  try {
    // A pipe without a writer would keep the reader waiting for ever, a device might never end.
    if (!(await stat(path)).isFile()) throw new Error("it is not a file");
    return await readFile(path, "utf8");
  } catch (thrown) {
    const missing = systemCodeOf(thrown) === "ENOENT";
    const facts = missing
      ? { place: path, rule: "does not exist", remedy: "Check the path" }
      : { place: path, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" };
    throw new AppError(missing ? "FILE_MISSING" : "FILE_UNREADABLE", facts, { cause: thrown });
  }
}

interface Misfit {
  readonly place: string;
  readonly received: string;
}

function findMisfit(value: unknown, place: string): Misfit | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { place, received: String(value) };
  if (Array.isArray(value)) return firstMisfit(value.map((item, index) => [`${place}[${index}]`, item]));
  if (typeof value === "object" && isPlain(value)) {
    return firstMisfit(Object.entries(value).map(([key, item]) => [`${place}.${key}`, item]));
  }
  return { place, received: typeof value === "object" ? value.constructor.name : typeof value };
}

function firstMisfit(entries: readonly (readonly [string, unknown])[]): Misfit | undefined {
  for (const [place, item] of entries) {
    const misfit = findMisfit(item, place);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
