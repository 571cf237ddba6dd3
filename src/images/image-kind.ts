// What a file is, by its first bytes, and what to say of one that is no image. For Node and browsers.
import { isDicom } from "./dicom/part-10.js";
import { rasterFormat } from "./raster-header.js";

/** A file that no decoder here reads: what it is instead, and what to do. */
export interface UnknownKind {
  readonly received: string;
  readonly remedy: string;
}

/** "picture": JPEG or PNG. */
export function imageKind(bytes: Uint8Array): "picture" | "dicom" | UnknownKind {
  const begins = (...start: readonly number[]) => start.every((byte, i) => bytes[i] === byte);
  if (rasterFormat(bytes) !== undefined) return "picture";
  if (isDicom(bytes)) return "dicom";
  if (begins(0x50, 0x4b, 3, 4)) {
    const isLocked = ((bytes[6] ?? 0) & 1) === 1; // general purpose bit 0 of the first entry
    return {
      received: isLocked ? "a zip archive with a password" : "a zip archive",
      remedy: "Unpack it and name the images.",
    };
  }
  const received = bytes.length === 0 ? "an empty file" : `${bytes.length} bytes that begin like none of them`;
  return { received, remedy: "Remove the file or replace it by the image." };
}
