// The features of a dataset's images, each computed once: what is computed is kept in the decode cache's storage, by the
// content of the backbone's file, the features' name, the scaling and the image's pixels. A stopped training goes on from
// there, and another seed or split computes nothing anew.
import { createHash } from "node:crypto";
import { PixelStore } from "../../dataset/pixel-store.js";
import type { PixelArray } from "../../training/image-batch.js";
import type { OpenBackbone } from "./backbone-features.js";

/** Rises when features of the same file and image become others. */
const featureVersion = 1;

export interface FeatureOptions {
  /** All that the features depend on but for the image. */
  readonly madeBy: readonly (string | number)[];
  readonly cacheFolder: string;
  /** At an image before which the work may stop. */
  readonly onProgress: (done: number, total: number) => void;
}

/** @returns features of the images at those positions, [n, channels] */
export async function computeFeatures(
  backbone: OpenBackbone,
  images: PixelArray,
  positions: Int32Array,
  { madeBy, cacheFolder, onProgress }: FeatureOptions,
): Promise<Float32Array> {
  const { channels } = backbone.form;
  const imageBytes = images.size ** 2;
  const features = new Float32Array(positions.length * channels);
  const rowBytes = (i: number) => new Uint8Array(features.buffer, 4 * i * channels, 4 * channels);
  const kind = { madeBy: JSON.stringify([featureVersion, ...madeBy]), imageBytes: 4 * channels };
  const key = `features-${createHash("sha256").update(kind.madeBy).digest("hex").slice(0, 16)}`;
  const store = await PixelStore.open(cacheFolder, key, kind).catch(() => null); // without one it only takes longer
  let savedAt = performance.now();
  try {
    let batch: { readonly i: number; readonly pixels: Uint8Array; readonly digest: string }[] = [];
    const compute = async () => {
      const stacked = new Uint8Array(Buffer.concat(batch.map(({ pixels }) => pixels)));
      const computed = await backbone.features(stacked);
      for (const [row, { i, digest }] of batch.entries()) {
        features.set(computed.subarray(row * channels, (row + 1) * channels), i * channels);
        await store?.write(digest, rowBytes(i));
        store?.remember(digest, digest, undefined);
      }
      batch = [];
      if (performance.now() - savedAt < millisecondsBetweenSaves) return;
      await store?.save();
      savedAt = performance.now();
    };
    const batchSize = imagesAtOnce(images.size);
    for (const [i, position] of positions.entries()) {
      const pixels = images.pixels.subarray(position * imageBytes, (position + 1) * imageBytes);
      const digest = createHash("sha256").update(pixels).digest("hex");
      const place = store?.find(digest);
      if (place !== undefined) await store?.read(place, rowBytes(i));
      if (place !== undefined && store?.isIntact(digest, rowBytes(i))) continue;
      batch.push({ i, pixels, digest });
      if (batch.length < batchSize) continue;
      await compute();
      onProgress(i + 1, positions.length);
      await new Promise(setImmediate); // signals are heard between batches
    }
    if (batch.length > 0) await compute();
    onProgress(positions.length, positions.length);
  } finally {
    await store?.save().catch(() => undefined);
    await store?.close();
  }
  return features;
}

const millisecondsBetweenSaves = 30_000;

/** 16 of 224 pixels a side; as many pixels of larger ones, whose attention takes memory with the square of them. */
const imagesAtOnce = (size: number): number => Math.max(1, Math.min(16, Math.floor((16 * 224 ** 2) / size ** 2)));
