// The order in which an epoch visits the training images: every image once, in random order, the last batch short when the
// count does not divide. Each place of a batch has images of its own, drawn once for the whole training, from which every
// epoch takes one after the other in a new order: so several processes that share the batch's places share the images too,
// and none needs another's.
import { Random } from "../core/random.js";

/** Number of batches in an epoch over `count` images. */
export function batchCount(count: number, batchSize: number): number {
  return Math.ceil(count / batchSize);
}

/** By place in the batch: which of the indices 0 … count-1 come there, in any epoch. The first ones have the most. */
export function imagesOfPlaces(count: number, batchSize: number, seed: number): Int32Array[] {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`imagesOfPlaces: batchSize must be a whole number of at least 1. Received ${batchSize}`);
  }
  const order = Int32Array.from(Random.of(seed, "places").shuffled(Array.from({ length: count }, (_, index) => index)));
  return Array.from({ length: Math.min(batchSize, count) }, (_, place) =>
    order.filter((_index, i) => i % batchSize === place),
  );
}

/** An epoch's batches; a resumed run sees the same without stored state. @param places from `imagesOfPlaces` */
export function epochBatches(places: readonly Int32Array[], seed: number, epoch: number): Int32Array[] {
  const random = Random.of(seed, "shuffle", epoch);
  const orders = places.map((images) => random.shuffled([...images]));
  return Array.from({ length: orders[0]?.length ?? 0 }, (_, batch) =>
    Int32Array.from(orders.flatMap((order) => order[batch] ?? [])),
  );
}
