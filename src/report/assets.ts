// What a report shows beside words, made once from the input: figures as SVG and images as data URIs. The page and the
// files beside it use the same ones.
import { drawFigures, type FigureName } from "./figures/all-figures.js";
import { colourDataUri, imageDataUri } from "./png.js";
import type { ReportImage, ReportInput } from "./report-input.js";

export interface ReportAssets {
  readonly figures: ReadonlyMap<FigureName, string>;
  /** Data URIs in the order of the input's lists. */
  readonly samples: readonly string[];
  readonly mistakes: readonly string[];
  /** By mistake: the image with its heat map, "" where it has none. */
  readonly lookedAt: readonly string[];
  /** The original first. */
  readonly augmentation: readonly string[];
}

export async function prepareAssets(input: ReportInput): Promise<ReportAssets> {
  const encode = (images: readonly ReportImage[]) => Promise.all(images.map((image) => imageDataUri(image)));
  const { samples = [], mistakes = [], augmentation } = input;
  return {
    figures: drawFigures(input),
    samples: await encode(samples.map((sample) => sample.image)),
    mistakes: await encode(mistakes.map((mistake) => mistake.image)),
    lookedAt: await Promise.all(
      mistakes.map(({ looked }) => (looked === undefined ? "" : colourDataUri(looked.image))),
    ),
    augmentation: await encode(augmentation === undefined ? [] : [augmentation.original, ...augmentation.warped]),
  };
}
