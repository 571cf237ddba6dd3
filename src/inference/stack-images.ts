// Images of one size to the block that a model reads at once.

/** n images, each [size, size] -> [n, size, size]; at least one. */
export function stackImages(images: readonly Uint8Array[]): Uint8Array {
  const bytes = images[0]?.length ?? 0;
  const together = new Uint8Array(images.length * bytes);
  for (const [i, image] of images.entries()) together.set(image, i * bytes);
  return together;
}
