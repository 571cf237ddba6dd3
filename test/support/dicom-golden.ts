// What reference decoders read from the files of test/golden/dicom (made by test/golden/make/dicom_files.py).
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { golden } from "./paths.js";

export interface DicomGolden {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** Of the stored values as 32-bit integers; absent for colour. */
  readonly storedSha256?: string;
  /** The stored values themselves, for lossy encodings. */
  readonly stored?: Int32Array;
  readonly storedTolerance?: number;
  readonly grey: Uint8Array;
  readonly greyTolerance: number;
  readonly warnings: readonly string[];
}

export function readDicomGolden(): readonly DicomGolden[] {
  const entries = JSON.parse(readFileSync(golden("dicom", "expected.json"), "utf8")) as readonly Packed[];
  return entries.map(({ grey, stored, ...entry }) => ({
    ...entry,
    grey: unpack(grey),
    ...(stored === undefined ? {} : { stored: new Int32Array(unpack(stored).buffer) }),
  }));
}

export const dicomGoldenFile = (name: string): Uint8Array => new Uint8Array(readFileSync(golden("dicom", name)));

type Packed = Omit<DicomGolden, "grey" | "stored"> & { readonly grey: string; readonly stored?: string };

function unpack(text: string): Uint8Array {
  return new Uint8Array(inflateSync(Buffer.from(text, "base64")));
}
