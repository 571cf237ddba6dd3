// Images with what is known of them as `evaluation/shift` compares sets by: one pass over the pixels at the network's size,
// the size that they had before, and age and sex where a manifest tells them.
import type { ImageSize, LoadedImages } from "../dataset/load-images.js";
import type { Sample } from "../dataset/sample.js";
import type { Prediction } from "../evaluation/prediction.js";
import type { MetImageOfPatient } from "../evaluation/shift/describe-reference.js";
import type { DescribedImage } from "../evaluation/shift/set-description.js";
import { imageTraits } from "../images/appearance.js";
import type { PixelArray } from "../training/image-batch.js";

/** Images at `indices` of the pixels; samples and sizes are by position. */
export interface ImagesToDescribe {
  readonly images: PixelArray;
  readonly indices: Int32Array;
  readonly samples: readonly Sample[];
  readonly sizes: readonly ImageSize[];
}

export function describedImages({ images, indices, samples, sizes }: ImagesToDescribe): readonly DescribedImage[] {
  const { pixels, size: side } = images;
  return Array.from(indices, (position) => {
    const { label, patient, facts = {} } = samples[position] as Sample;
    const data = pixels.subarray(position * side * side, (position + 1) * side * side);
    const traits = imageTraits({ width: side, height: side, data }, sizes[position] as ImageSize);
    return { traits, label, patient, ageYears: facts.ageYears, sex: facts.sex };
  });
}

/** Images with their scores, in one order: what a threshold is set on. */
export const withScores = (
  images: readonly DescribedImage[],
  rows: readonly Pick<Prediction, "score">[],
): readonly MetImageOfPatient[] =>
  images.map((image, i) => ({ ...image, score: (rows[i] as { score: number }).score }));

export const everyLoadedImage = (images: LoadedImages): ImagesToDescribe => ({
  images,
  indices: Int32Array.from(images.loaded.keys()),
  samples: images.loaded,
  sizes: images.sizes,
});
