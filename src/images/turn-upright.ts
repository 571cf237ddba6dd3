// Applies an EXIF orientation to a grey image, for decoders that hand pixels over as they are stored.
import type { GrayImage } from "./gray-image.js";

/** [height, width] -> [height, width] or, for orientations 5 to 8, [width, height]. 1 and unknown values change nothing. */
export function turnUpright(image: GrayImage, orientation: number): GrayImage {
  if (!(orientation >= 2 && orientation <= 8)) return image;
  const { width, height, data } = image;
  const isTurned = orientation >= 5;
  const mirrorsX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const mirrorsY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  const outWidth = isTurned ? height : width;
  const outHeight = isTurned ? width : height;
  const result = new Uint8Array(data.length);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      // The stored place: transposed first where the image is turned, then mirrored in the stored axes.
      const storedX = isTurned ? y : x;
      const storedY = isTurned ? x : y;
      const fromX = mirrorsX ? width - 1 - storedX : storedX;
      const fromY = mirrorsY ? height - 1 - storedY : storedY;
      result[y * outWidth + x] = data[fromY * width + fromX] as number;
    }
  }
  return { width: outWidth, height: outHeight, data: result };
}
