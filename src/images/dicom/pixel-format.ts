// How the pixels of a DICOM image lie in memory (PS3.3 C.7.6.3), checked against the limits before any are decoded.
import { AppError } from "../../core/errors.js";
import { checkSides, type ImageLimits } from "../image-limits.js";
import type { Attributes } from "./attributes.js";

export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly photometric: Photometric;
  /** Bits of the cell in which a sample lies. */
  readonly bitsAllocated: 8 | 16;
  /** Bits of the cell that are the sample's; the others may hold anything. */
  readonly bitsStored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
  /** RRR...GGG...BBB... instead of RGBRGB. */
  readonly isPlanar: boolean;
}

export const photometrics = [
  "MONOCHROME1",
  "MONOCHROME2",
  "PALETTE COLOR",
  "RGB",
  "YBR_FULL",
  "YBR_FULL_422",
  "YBR_ICT",
  "YBR_RCT",
] as const;
export type Photometric = (typeof photometrics)[number];

/** @throws AppError DICOM_UNREADABLE, DICOM_UNSUPPORTED, DICOM_MULTI_FRAME, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL */
export function readPixelFormat(attributes: Attributes, place: string, limits: ImageLimits): PixelFormat {
  const required = (keyword: "Rows" | "Columns" | "BitsAllocated"): number => {
    const value = attributes.word(keyword);
    if (value !== undefined) return value;
    throw new AppError("DICOM_UNREADABLE", {
      place,
      rule: `an image must state its ${keyword}`,
      received: "none",
      remedy: "Export it again",
    });
  };
  const [rows, columns] = [required("Rows"), required("Columns")];
  checkFrames(attributes, place);
  checkSides({ width: columns, height: rows }, place, limits);
  const photometric = photometrics.find((name) => name === attributes.text("PhotometricInterpretation"));
  if (photometric === undefined) {
    throw unsupported(
      place,
      `the pixels must be ${photometrics.join(", ")}`,
      "another photometric interpretation or none",
    );
  }
  const isColour = photometric.startsWith("RGB") || photometric.startsWith("YBR");
  const samplesPerPixel = attributes.word("SamplesPerPixel") ?? (isColour ? 3 : 1);
  if (samplesPerPixel !== (isColour ? 3 : 1)) {
    throw unsupported(place, `${photometric} has ${isColour ? 3 : 1} samples per pixel`, `${samplesPerPixel}`);
  }
  const bitsAllocated = required("BitsAllocated");
  if (bitsAllocated !== 8 && bitsAllocated !== 16) {
    throw unsupported(place, "a sample must be stored in 8 or 16 bits", `${bitsAllocated}`);
  }
  const bitsStored = attributes.word("BitsStored") ?? bitsAllocated;
  const highBit = attributes.word("HighBit") ?? bitsStored - 1;
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit < bitsStored - 1) {
    throw new AppError("DICOM_UNREADABLE", {
      place,
      rule: `the stored bits must lie in the ${bitsAllocated} allocated ones`,
      received: `${bitsStored} bits up to bit ${highBit}`,
      remedy: "Export it again",
    });
  }
  return {
    rows,
    columns,
    samplesPerPixel,
    photometric,
    bitsAllocated,
    bitsStored,
    highBit,
    isSigned: attributes.word("PixelRepresentation") === 1,
    isPlanar: attributes.word("PlanarConfiguration") === 1,
  };
}

function checkFrames(attributes: Attributes, place: string): void {
  const [frames = 1] = attributes.decimals("NumberOfFrames");
  if (frames === 1 || Number.isNaN(frames)) return;
  throw new AppError("DICOM_MULTI_FRAME", {
    place,
    rule: "a radiograph is one image",
    received: `${frames} frames in one file`,
    remedy: "Export the frame that is meant as a file of its own",
  });
}

function unsupported(place: string, rule: string, received: string): AppError {
  return new AppError("DICOM_UNSUPPORTED", {
    place,
    rule,
    received,
    remedy: "Export it as a grey image of 8 to 16 bits",
  });
}
