// The frame of a DICOM file (PS3.10 section 7): preamble, "DICM", file meta information. Tolerates files that lack one or
// all of them, as scanners and archives write, and tells DICOM from anything else by its first bytes.
import { explicitBigEndian, explicitLittleEndian, implicitLittleEndian } from "./transfer-syntax.js";

export interface Part10 {
  /** Where the data set begins. */
  readonly start: number;
  /** From the meta information; undefined when it is not there. */
  readonly transferSyntax: string | undefined;
  readonly mediaStorageSopClass: string | undefined;
  /** Whether preamble, prefix and transfer syntax are all there. */
  readonly isComplete: boolean;
}

/** Whether bytes are those of a DICOM file, with or without preamble. */
export function isDicom(bytes: Uint8Array): boolean {
  return hasPrefix(bytes, 128) || hasPrefix(bytes, 0) || guessEncoding(bytes) !== undefined;
}

/** Reads preamble and meta information, as far as they are there; never beyond the bytes. */
export function readPart10(bytes: Uint8Array): Part10 {
  const prefixAt = [128, 0].find((at) => hasPrefix(bytes, at));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const uids = new Map<number, string>();
  let at = prefixAt === undefined ? 0 : prefixAt + 4;
  // Group 2 is always explicit little endian: group, element, VR, length of 2 or 2 + 4 bytes.
  while (at + 8 <= bytes.length && view.getUint16(at, true) === 2) {
    const isLong = /^(O[BDFLVW]|S[QV]|U[CNRTV])$/.test(ascii(bytes, at + 4, 2));
    if (isLong && at + 12 > bytes.length) break;
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const start = at + (isLong ? 12 : 8);
    if (start + length > bytes.length) break;
    uids.set(view.getUint16(at + 2, true), ascii(bytes, start, Math.min(length, 64)).replaceAll(/[\0 ]+$/g, ""));
    at = start + length;
  }
  const transferSyntax = uids.get(0x0010) || undefined;
  return {
    start: at,
    transferSyntax,
    mediaStorageSopClass: uids.get(0x0002),
    isComplete: prefixAt === 128 && transferSyntax !== undefined,
  };
}

/**
 * Transfer syntax of a data set that does not say it, from its first element (a group of 8 or below and a plausible
 * length); undefined when the bytes are no data set.
 */
export function guessEncoding(bytes: Uint8Array): string | undefined {
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isExplicit = /^(A[EST]|CS|D[AST]|F[DL]|IS|L[OT]|O[BDFLVW]|PN|S[HLQSTV]|TM|U[CILNRSTV])$/.test(
    ascii(bytes, 4, 2),
  );
  for (const isLittle of [true, false]) {
    const group = view.getUint16(0, isLittle);
    if ((group !== 2 && group !== 8) || view.getUint16(2, isLittle) > 0x2000) continue;
    if (isExplicit) return isLittle ? explicitLittleEndian : explicitBigEndian;
    const length = view.getUint32(4, isLittle);
    if (isLittle && length % 2 === 0 && length <= Math.min(1024, bytes.length - 8)) return implicitLittleEndian;
  }
  return undefined;
}

function hasPrefix(bytes: Uint8Array, at: number): boolean {
  return bytes.length >= at + 4 && ascii(bytes, at, 4) === "DICM";
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
