// How a DICOM file's data set and pixels are encoded (PS3.5 section 10, PS3.6 annex A). A private or retired syntax has
// no row and is refused by name.

/** How the pixels are compressed, as far as the file says. */
export type PixelEncoding = "raw" | "rle" | "jpeg" | "jpeg-lossless" | "jpeg-ls" | "jpeg-2000" | "htj2k";

export interface TransferSyntax {
  readonly isExplicit: boolean;
  readonly isBigEndian: boolean;
  readonly isDeflated: boolean;
  readonly encoding: PixelEncoding;
  /** Whether the standard allows that the pixels differ from the encoder's input. */
  readonly isLossy: boolean;
}

const root = "1.2.840.10008.1.2";

export const implicitLittleEndian = root;
export const explicitLittleEndian = `${root}.1`;
export const explicitBigEndian = `${root}.2`;

const raw = { isExplicit: true, isBigEndian: false, isDeflated: false, isLossy: false, encoding: "raw" } as const;

export const transferSyntaxes: Readonly<Record<string, TransferSyntax>> = {
  [implicitLittleEndian]: { ...raw, isExplicit: false },
  [explicitLittleEndian]: raw,
  [`${root}.1.99`]: { ...raw, isDeflated: true },
  [explicitBigEndian]: { ...raw, isBigEndian: true },
  [`${root}.5`]: { ...raw, encoding: "rle" },
  [`${root}.4.50`]: { ...raw, isLossy: true, encoding: "jpeg" },
  [`${root}.4.51`]: { ...raw, isLossy: true, encoding: "jpeg" },
  [`${root}.4.57`]: { ...raw, encoding: "jpeg-lossless" },
  [`${root}.4.70`]: { ...raw, encoding: "jpeg-lossless" },
  [`${root}.4.80`]: { ...raw, encoding: "jpeg-ls" },
  [`${root}.4.81`]: { ...raw, isLossy: true, encoding: "jpeg-ls" },
  [`${root}.4.90`]: { ...raw, encoding: "jpeg-2000" },
  [`${root}.4.91`]: { ...raw, isLossy: true, encoding: "jpeg-2000" },
  [`${root}.4.201`]: { ...raw, encoding: "htj2k" },
  [`${root}.4.202`]: { ...raw, encoding: "htj2k" },
  [`${root}.4.203`]: { ...raw, isLossy: true, encoding: "htj2k" },
};

/** A UID for a message: those of the standard tell nothing of a patient, others are not repeated. */
export function describeSyntax(uid: string): string {
  return /^1\.2\.840\.10008\.1\.2(\.\d{1,4}){0,4}$/.test(uid) ? uid : "a private one";
}
