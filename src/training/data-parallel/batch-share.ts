// Which images of a batch a process computes. What is drawn for an image (augmentation, dropout) follows from its place in
// the whole batch, so n processes with batches of b do what one does with batches of n * b.

/** One of how many processes; `alone` is one of one. */
export interface Part {
  readonly rank: number;
  readonly size: number;
}

export interface BatchShare {
  /** Of the whole batch. */
  readonly images: number;
  /** In the whole batch, of the images that are here. */
  readonly places: readonly number[];
  /** No image of the batch is here (a last, short batch): one that takes place 0 stands in, and must count for nothing. */
  readonly isStandIn: boolean;
}

/** Every `size`-th image, from the one at `rank` on. */
export function shareOf(images: number, { rank, size }: Part): BatchShare {
  const places: number[] = [];
  for (let place = rank; place < images; place += size) places.push(place);
  return places.length > 0 ? { images, places, isStandIn: false } : { images, places: [0], isStandIn: true };
}

/** A batch that is here as a whole. */
export const wholeBatch = (images: number): BatchShare => shareOf(images, { rank: 0, size: 1 });

/** What `draw` gives for the images that are here; it is called for every place of the whole batch, so that all processes' streams stay aligned. */
export function drawnFor<T>({ images, places }: BatchShare, draw: () => T): T[] {
  const drawn = Array.from({ length: images }, draw);
  return places.map((place) => drawn[place] as T);
}
