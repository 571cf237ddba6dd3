// The order in which an epoch visits the training images, as Keras' datagen.flow does it: every image once, in random
// order, the last batch short when the count does not divide.
import type { Random } from "../core/random.js";

/** Number of batches in an epoch over `count` images. */
export function batchCount(count: number, batchSize: number): number {
  return Math.ceil(count / batchSize);
}

/**
 * Indices 0 … count-1 in random order, cut into batches. Derive `random` from seed and epoch
 * (`Random.of(seed, "shuffle", epoch)`): then a resumed run sees the same batches without stored state.
 * @param count whole number >= 0
 * @param batchSize whole number >= 1
 */
export function epochBatches(count: number, batchSize: number, random: Random): Int32Array[] {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`epochBatches: batchSize must be a whole number of at least 1. Received ${batchSize}`);
  }
  const order = Int32Array.from(random.shuffled(Array.from({ length: count }, (_, index) => index)));
  return Array.from({ length: batchCount(count, batchSize) }, (_, batch) =>
    order.slice(batch * batchSize, (batch + 1) * batchSize),
  );
}
