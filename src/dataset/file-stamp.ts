// Whether a file is still the one that was read, told without reading it: by what the file system says of it, with the
// care of git's index. Only a stamp that any later change would alter is ever relied upon. Knows nothing of images.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { readImageFile } from "../images/image-file.js";
import type { ImageLimits } from "../images/image-limits.js";

export interface FileStamp {
  /** Size, times of modification and of change, inode and device. Tools can set the first time back, not the second. */
  readonly text: string;
  /** The later of both times, in nanoseconds. */
  readonly newestNs: bigint;
}

export interface FileContent {
  readonly bytes: Uint8Array;
  /** Of `bytes`, hexadecimal. */
  readonly sha256: string;
  /** The stamp's text; undefined where the file could change, or has changed, without altering it. */
  readonly stamp: string | undefined;
}

/**
 * A file changed twice within one step of its clock has the same times after both, so a file as new as its reading is not
 * known by its stamp (git calls such entries racily clean). FAT has the longest steps, 2 s; the third is for clocks that
 * differ by a little.
 */
export const clockStepNs = 3_000_000_000n;

/** Undefined where there is no regular file. */
export async function stampFile(path: string): Promise<FileStamp | undefined> {
  const status = await stat(path, { bigint: true }).catch(() => undefined);
  if (!status?.isFile()) return undefined;
  const { size, mtimeNs, ctimeNs, ino, dev } = status;
  return { text: [size, mtimeNs, ctimeNs, ino, dev].join(" "), newestNs: mtimeNs > ctimeNs ? mtimeNs : ctimeNs };
}

/**
 * Reads a file; whatever happens to it meanwhile, the checksum is of the bytes that are given back.
 * @param nowMs milliseconds since 1970
 * @throws AppError as `readImageFile`
 */
export async function readStamped(path: string, limits: ImageLimits, nowMs: () => number): Promise<FileContent> {
  const beganNs = BigInt(Math.floor(nowMs())) * 1_000_000n;
  const before = await stampFile(path);
  const bytes = await readImageFile(path, limits);
  const after = await stampFile(path);
  const isSettled = before !== undefined && before.text === after?.text && before.newestNs + clockStepNs < beganNs;
  return {
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    stamp: isSettled ? before.text : undefined,
  };
}
