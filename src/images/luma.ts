// RGB to grey with the weights of the decoders that OpenCV uses. One file, because decode-gray.ts and portable-gray.ts
// must give the same pixels.

/** [h, w, channels] -> [h, w]. JPEG as OpenCV's RGB2GRAY (14 bits), PNG as libpng's png_set_rgb_to_gray (15 bits). */
export function luma(data: ArrayLike<number>, channels: number, format: "jpeg" | "png"): Uint8Array<ArrayBuffer> {
  const [red, green, blue, half, bits] =
    format === "jpeg" ? ([4899, 9617, 1868, 8192, 14] as const) : ([9797, 19234, 3737, 0, 15] as const);
  const result = new Uint8Array(data.length / channels);
  for (let i = 0, at = 0; i < result.length; i++, at += channels) {
    const r = data[at] as number;
    const g = data[at + 1] as number;
    const b = data[at + 2] as number;
    result[i] = (red * r + green * g + blue * b + half) >> bits;
  }
  return result;
}
