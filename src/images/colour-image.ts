// A colour image for showing something on a radiograph. Radiographs themselves are grey.

/** 8-bit red, green, blue, row-major ([height, width, 3]). */
export interface ColourImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
