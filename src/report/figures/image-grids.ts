// The grids of radiographs as single pictures: samples, augmentation, mistakes with where the model looked.
import type { ReportAssets } from "../assets.js";
import { counted, proportion } from "../numbers.js";
import type { ReportImage, ReportInput } from "../report-input.js";
import { imageGridFigure, type Tile } from "./image-grid.js";

/** Grid name -> SVG with the images inside; only those the input has images for. */
export function drawImageGrids(input: ReportInput, assets: ReportAssets): ReadonlyMap<string, string> {
  const grids = new Map<string, string>();
  const add = (name: string, heading: string, tiles: readonly Tile[], mostColumns = 5) => {
    if (tiles.length === 0) return;
    const columns = Math.min(mostColumns, tiles.length);
    grids.set(
      name,
      imageGridFigure({ heading, description: `${heading}, ${counted(tiles.length, "image")}`, columns, tiles }),
    );
  };
  const { samples = [], mistakes = [], augmentation } = input;
  add(
    "samples",
    "Samples",
    samples.map(({ image, label, caption }, i) =>
      tileOf(image, assets.samples[i], [label === 1 ? "Pneumonia" : "Normal", caption]),
    ),
  );
  if (augmentation !== undefined) {
    add(
      "augmentation",
      "Augmentation",
      [augmentation.original, ...augmentation.warped].map((image, i) =>
        tileOf(image, assets.augmentation[i], [i === 0 ? "Original" : `Warped ${i}`]),
      ),
    );
  }
  add(
    "mistakes",
    "The most confident mistakes",
    mistakes.flatMap(({ image, label, score, name, looked }, i) => [
      tileOf(image, assets.mistakes[i], [
        label === 1 ? "Missed pneumonia" : "False alarm",
        `score ${proportion(score)}`,
        name.slice(name.lastIndexOf("/") + 1),
      ]),
      ...(looked === undefined
        ? []
        : [
            tileOf(image, assets.lookedAt[i], [
              "Where the model looked",
              `for ${label === 1 ? "normal" : "pneumonia"}`,
              "not where a disease is",
            ]),
          ]),
    ]),
    mistakes.some(({ looked }) => looked !== undefined) ? 6 : 5,
  );
  return grids;
}

function tileOf({ width, height }: ReportImage, uri: string | undefined, lines: readonly string[]): Tile {
  return { uri: uri ?? "", lines, aspect: width / height };
}
