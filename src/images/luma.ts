// RGB of a JPEG to grey as libjpeg does it (rgb_gray_convert of jdcolext.c): ITU-R BT.601 in 16 bits, rounded.

/** [h, w, channels] -> [h, w], of at least three channels. */
export function luma(data: ArrayLike<number>, channels: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(data.length / channels);
  for (let i = 0, at = 0; i < result.length; i++, at += channels) {
    const r = data[at] as number;
    const g = data[at + 1] as number;
    const b = data[at + 2] as number;
    result[i] = (19_595 * r + 38_470 * g + 7471 * b + 32_768) >> 16;
  }
  return result;
}
