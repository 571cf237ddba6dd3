// What every codec gives back, and the error for pixels that break one.
import { AppError } from "../../../core/errors.js";

export interface DecodedFrame {
  /** [rows, columns, samples] or, planar, [samples, rows, columns]; two's complement where the image is signed. */
  readonly samples: Uint8Array | Uint16Array;
  readonly isPlanar: boolean;
  /** Whether the codec turned luma and chroma into RGB. */
  readonly isRgb: boolean;
}

/** @param cause what the codec threw; none of them has more to tell of than pixels */
export function brokenPixels(place: string, codec: string, cause?: unknown): AppError {
  return new AppError(
    "DICOM_UNREADABLE",
    {
      place,
      rule: "the compressed pixels must be whole",
      received: `${codec} data that cannot be decoded: they are damaged or cut short`,
      remedy: "Copy or export the file again",
    },
    { cause },
  );
}
