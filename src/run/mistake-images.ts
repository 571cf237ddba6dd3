// The mistakes that a model was surest of, with their pixels, for a report.
import type { LoadedImages } from "../dataset/load-images.js";
import type { Evaluation } from "../evaluation/evaluate.js";
import type { MistakeImage } from "../report/report-input.js";
import { imageAt } from "./report-facts.js";

const mostShown = 12;

/** @param images those that were scored, by the names of their predictions */
export function mistakeImages({ mistakes }: Evaluation, images: LoadedImages): readonly MistakeImage[] {
  const positions = new Map(images.loaded.map(({ name }, position) => [name, position]));
  return mistakes
    .slice(0, mostShown)
    .map((mistake) => ({ ...mistake, image: imageAt(images, positions.get(mistake.name) as number) }));
}
