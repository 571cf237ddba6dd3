// How large and how small an image may be. Checked from the header, before a single pixel is decoded.

/** Bounds on what is decoded. Sizes are in pixels of the stored image, before EXIF rotation. */
export interface ImageLimits {
  /** Width times height at most; default 100 million, five times the largest radiograph detectors. */
  readonly maxPixels: number;
  /** Shortest side at least; default 2: a single pixel is no image. */
  readonly minSide: number;
  /** File size at most, in bytes; default 256 MiB. */
  readonly maxBytes: number;
}

export const defaultImageLimits: ImageLimits = { maxPixels: 100_000_000, minSide: 2, maxBytes: 256 * 1024 * 1024 };
