// How large and how small an image may be. Checked from the header, before a single pixel is decoded. For Node and
// browsers.
import { AppError } from "../core/errors.js";

/** Bounds on what is decoded. Sizes are in pixels of the stored image, before EXIF rotation. */
export interface ImageLimits {
  /**
   * Width times height at most; default 100 million, five times the largest radiograph detectors. Memory and work that
   * decoding may take grow with it (decode-cost.ts).
   */
  readonly maxPixels: number;
  /** Shortest side at least; default 2: a single pixel is no image. */
  readonly minSide: number;
  /** File size at most, in bytes; default 256 MiB. */
  readonly maxBytes: number;
}

export const defaultImageLimits: ImageLimits = { maxPixels: 100_000_000, minSide: 2, maxBytes: 256 * 1024 * 1024 };

/** Of a chest radiograph: nobody sees one in fewer pixels than the smallest that are published, MedMNIST's of 28x28. */
export const radiographLimits: ImageLimits = { ...defaultImageLimits, minSide: 28 };

/** What may be chosen as `maxPixels`, in pixels. */
export const maxPixelsRange = { min: 10_000, max: 1_000_000_000 } as const;

/** What an option `maxPixels` becomes; undefined stands for the default. */
export const limitsOf = (maxPixels: number | undefined): Partial<ImageLimits> =>
  maxPixels === undefined ? {} : { maxPixels };

/**
 * Scans of one JPEG at most. Each visits every block anew, so a file of 728 KB whose 1,000 scans are nearly empty took 50 s.
 * libjpeg writes 10 for a colour image and 6 for a grey one, mozjpeg hardly more; DALI and libjpeg-turbo's tests stop at 500.
 */
export const maxScans = 100;

/**
 * Segments of a JPEG or chunks of a PNG at most, beside which a file of 256 MiB could have 22 million empty ones. libpng
 * cuts pixels into 8 KiB, which makes 32,768 in a file of that size; a segment of a JPEG holds 64 KB.
 */
export const maxParts = 100_000;

/** @param place what errors call the image. @throws AppError IMAGE_TOO_LARGE, IMAGE_TOO_SMALL */
export function checkSides(
  { width, height }: { readonly width: number; readonly height: number },
  place: string,
  { maxPixels, minSide }: ImageLimits,
): void {
  const size = `${width}x${height} pixels`;
  if (width * height > maxPixels) {
    throw new AppError("IMAGE_TOO_LARGE", {
      place,
      rule: `an image may have ${maxPixels} pixels at most`,
      received: `${size}`,
      remedy: "Store it smaller",
    });
  }
  if (Math.min(width, height) < minSide) {
    throw new AppError("IMAGE_TOO_SMALL", {
      place,
      rule: `both sides must have ${minSide} pixels at least`,
      received: `${size}`,
      remedy: "Remove or replace the file",
    });
  }
}

/** @throws AppError IMAGE_TOO_LARGE */
export function checkFileSize(bytes: number, place: string, { maxBytes }: ImageLimits): void {
  if (bytes <= maxBytes) return;
  throw new AppError("IMAGE_TOO_LARGE", {
    place,
    rule: `an image file may have ${maxBytes} bytes at most`,
    received: `${bytes}`,
    remedy: "Store it smaller",
  });
}
