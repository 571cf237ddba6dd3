// A checksum behind a .h5 file of ours, over all before it. HDF5 of the kind that Keras writes has none: a page that a
// disk lost reads as zeros, and the weights in it with them. Bytes behind its end are none of HDF5's business, so Keras and
// every other reader takes the file; an attribute inside says that they must be there.
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { invalid } from "../invalid-model-file.js";

/** Attribute of the root group: the file ends in a checksum. Its loss and the checksum's are two places of damage, not one. */
export const sealedAttribute = "pneumoscope_sealed";

const mark = Buffer.from("\npneumoscope sha256 ");
const hexLength = 64;
const sealLength = mark.length + hexLength + 1;

/** The file's bytes with their checksum behind them, in a buffer of their own. */
export function withSeal(bytes: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(bytes.length + sealLength);
  sealed.set(bytes);
  sealed.set(mark, bytes.length);
  const digest = createHash("sha256").update(bytes).digest("hex");
  sealed.set(Buffer.from(`${digest}\n`), bytes.length + mark.length);
  return sealed;
}

/** What stands before the checksum; all of a file that has none. */
export const withoutSeal = (bytes: Uint8Array): Uint8Array =>
  sealIn(bytes) === null ? bytes : bytes.subarray(0, bytes.length - sealLength);

/**
 * @returns whether there was a checksum: none is behind files by Keras and by versions without
 * @throws AppError MODEL_FILE_INVALID where file and checksum do not fit together
 */
export function verifySeal(bytes: Uint8Array, place: string): boolean {
  const written = sealIn(bytes);
  if (written === null) return false;
  if (createHash("sha256").update(withoutSeal(bytes)).digest("hex") === written) return true;
  throw damaged(place, "others: it was damaged, or changed by another program, since it was written");
}

/** For a file that says inside that it is sealed and has no seal. */
export const sealMissing = (place: string) =>
  damaged(place, "none at its end: it was damaged or cut short. A file changed on purpose is saved anew by Keras");

const damaged = (place: string, received: string) =>
  invalid(place, "should have the bytes that its checksum was made of", received);

/** The checksum that stands behind a file, by its last bytes; null where there is none or the file cannot be read. */
export async function sealOf(path: string): Promise<string | null> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const { size } = await file.stat();
    if (size < sealLength) return null;
    const { buffer } = await file.read(Buffer.alloc(sealLength), 0, sealLength, size - sealLength);
    return sealIn(buffer);
  } catch {
    return null;
  } finally {
    await file?.close();
  }
}

function sealIn(bytes: Uint8Array): string | null {
  const seal = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(-sealLength);
  if (seal.length < sealLength || !seal.subarray(0, mark.length).equals(mark)) return null;
  return seal.toString("latin1", mark.length, mark.length + hexLength);
}
