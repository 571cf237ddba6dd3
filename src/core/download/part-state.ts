// What is known of a download that has not come to its end: which file it is a part of, and how much of it can be relied
// upon. After a power cut a file may have its length and zeros in place of what had not been flushed; after a kill it is as
// it was written, because the system went on.
import { readFile, rm, stat, truncate } from "node:fs/promises";
import { writeFileAtomically } from "../atomic-file.js";
import { bootId } from "../process-space.js";

export interface PartSource {
  readonly url: string;
  /** The growing file; `<part>.json` beside it holds this state. */
  readonly part: string;
  /** Whether the caller knows a checksum: without one, only a server that promises the same file is asked for the rest. */
  readonly hasChecksum: boolean;
}

export interface PartState {
  readonly have: number;
  /** What the server would recognise the file by; null where it said nothing. */
  readonly validator: string | null;
}

/** How much of this very file is there; what cannot be relied upon is cut off. */
export async function openPart({ url, part, hasChecksum }: PartSource): Promise<PartState> {
  const known: unknown = await readFile(stateFile(part), "utf8")
    .then(JSON.parse)
    .catch(() => undefined);
  const stored = (known ?? {}) as Partial<Record<"url" | "validator" | "flushed" | "boot", unknown>>;
  const validator = typeof stored.validator === "string" ? stored.validator : null;
  const size = await fileSize(part);
  if (stored.url !== url || (validator === null && !hasChecksum)) return { have: 0, validator };
  const isSameBoot = stored.boot !== null && stored.boot === currentBoot();
  const flushed = typeof stored.flushed === "number" ? stored.flushed : 0;
  const have = isSameBoot ? size : Math.min(size, flushed);
  if (have < size) await truncate(part, have);
  return { have, validator };
}

/** @param flushed so many bytes of the part are on the disk @throws AppError FILE_UNWRITABLE */
export async function notePart(
  { url, part }: PartSource,
  { validator, flushed }: { readonly validator: string | null; readonly flushed: number },
): Promise<void> {
  await writeFileAtomically(stateFile(part), JSON.stringify({ url, validator, flushed, boot: currentBoot() }));
}

/** Removes a part and what is known of it. */
export async function removePart(part: string): Promise<void> {
  await Promise.all([rm(part, { force: true }), rm(stateFile(part), { force: true })]);
}

export async function fileSize(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

const stateFile = (part: string): string => `${part}.json`;

/** Null where the system does not say: then only what was flushed counts. */
function currentBoot(): string | null {
  try {
    return bootId();
  } catch {
    return null;
  }
}
