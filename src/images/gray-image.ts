// The one image type of the product: 8-bit grey, row-major.

/** An 8-bit grey image. `data` has `width * height` values in 0..255, row-major ([height, width]). */
export interface GrayImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
