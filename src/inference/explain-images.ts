// Explains any number of image files with flat memory: some are decoded and read together, their overlays are written,
// and one row for each comes out in the order of the files. A file that cannot be read becomes a row that says why.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "../core/atomic-file.js";
import { AppError } from "../core/errors.js";
import { mapInOrder } from "../core/map-in-order.js";
import { isPositive } from "../evaluation/confusion.js";
import { type HeatMapClass, labelOfMap } from "../explain/heat-map-class.js";
import { overlay, sideBySide } from "../explain/overlay.js";
import { type WhereItLooked, whereItLooked } from "../explain/where-it-looked.js";
import { encodeColourPng } from "../images/encode.js";
import type { GrayImage } from "../images/gray-image.js";
import { resize } from "../images/resize.js";
import { type HeatMapBatch, heatMapAt } from "../model/heat-map.js";
import type { FoundFile } from "./image-inputs.js";
import type { ModelReader } from "./open-model.js";
import { OutputNames } from "./output-names.js";
import { noProbability, type ScoredFile } from "./predict-files.js";
import { type DecodedFile, decodeFound, type SkippedFile } from "./prepare-file.js";
import { type ScoreMeaning, toScore } from "./score-meaning.js";
import { stackImages } from "./stack-images.js";

export type ExplainedRow = ExplainedFile | SkippedFile;

export interface ExplainedFile extends Omit<ScoredFile, "kind"> {
  readonly kind: "explained";
  /** The class that the heat map is for. */
  readonly lookedFor: "NORMAL" | "PNEUMONIA";
  /** null where nothing speaks for that class: the overlay is the bare radiograph. */
  readonly looked: WhereItLooked | null;
  /** Names of the written files inside the output folder. */
  readonly files: { readonly overlay: string; readonly sideBySide: string };
}

export interface ExplainOptions {
  readonly folder: string;
  readonly wanted: HeatMapClass;
  /** Scores of at least this are called pneumonia. */
  readonly threshold: number;
  readonly meaning: ScoreMeaning;
  /** Is given the images that were read, [n, size, size], and their maps. */
  readonly onMaps?: (images: Uint8Array, maps: HeatMapBatch) => void;
}

/** Images that go through the model together; their radiographs are in memory at once. */
const batchSize = 8;
/** Longer side of an overlay: a full radiograph's PNG would be 20 MB. */
const longestSide = 1024;

/** @throws AppError NO_HEAT_MAP where the model gives none, MODEL_INVALID where it gives no number, FILE_UNWRITABLE */
export async function* explainImages(
  files: AsyncIterable<FoundFile>,
  model: ModelReader,
  options: ExplainOptions,
): AsyncGenerator<ExplainedRow> {
  const names = new OutputNames();
  const limits = { workers: Math.min(4, availableParallelism()), ahead: batchSize };
  let batch: Decoded[] = [];
  for await (const decoded of mapInOrder(files, limits, (file) => decodeFound(file, model.contract, shownSize))) {
    if (decoded === undefined) continue;
    batch.push(decoded);
    if (batch.length < batchSize) continue;
    yield* await explainBatch(batch, names, model, options);
    batch = [];
  }
  yield* await explainBatch(batch, names, model, options);
}

/** Kept of a radiograph: how it is shown, its longer side at most `longestSide`. */
type Decoded = DecodedFile<GrayImage> | SkippedFile;

function shownSize(image: GrayImage): GrayImage {
  const share = longestSide / Math.max(image.width, image.height);
  if (share >= 1) return image;
  const side = (length: number) => Math.max(1, Math.round(length * share));
  return resize(image, side(image.width), side(image.height), "area");
}

async function explainBatch(
  batch: readonly Decoded[],
  names: OutputNames,
  model: ModelReader,
  options: ExplainOptions,
): Promise<readonly ExplainedRow[]> {
  const images = batch.flatMap((file) => (file.kind === "decoded" ? [file.pixels] : []));
  const read = images.length === 0 ? null : await readAll(stackImages(images), model, options);
  let next = 0;
  const rows: ExplainedRow[] = [];
  for (const file of batch) {
    if (file.kind === "skipped" || read === null) {
      rows.push(file as SkippedFile);
      continue;
    }
    const { name, warnings, scope, kept: shown } = file;
    const position = next++;
    const output = read.scores[position] as number;
    if (!(output >= 0 && output <= 1)) throw noProbability(model, name, output);
    const score = toScore(output, options.meaning);
    const isCalled = isPositive(score, options.threshold);
    const label = labelOfMap(options.wanted, isCalled);
    // A model whose output is P(normal) gives its maps in the other order.
    const map = heatMapAt(read.maps, position, options.meaning === "pneumonia" ? label : label === 1 ? 0 : 1);
    const stem = names.next(name);
    const files = { overlay: `${stem}.png`, sideBySide: `${stem}-side-by-side.png` };
    const over = overlay(shown, map);
    await writeFileAtomically(join(options.folder, files.overlay), await encodeColourPng(over));
    const both = await encodeColourPng(sideBySide(shown, over));
    await writeFileAtomically(join(options.folder, files.sideBySide), both);
    const { classes } = model.contract;
    rows.push({
      kind: "explained",
      name,
      score,
      label: classes[isCalled ? 1 : 0],
      warnings,
      scope,
      lookedFor: classes[label],
      looked: whereItLooked(map),
      files,
    });
  }
  return rows;
}

/** @param images [n, size, size] */
async function readAll(images: Uint8Array, model: ModelReader, options: ExplainOptions) {
  const { scores, heatMaps } = await model.read(images);
  if (heatMaps === null) throw noHeatMap(model.file);
  options.onMaps?.(images, heatMaps);
  return { scores, maps: heatMaps };
}

/** For a model without heat maps. */
function noHeatMap(file: string): AppError {
  return new AppError(
    "NO_HEAT_MAP",
    `${file}: should give heat maps. Received a model whose last layers have no gradient of closed form here, or a file that was exported without maps. Choose one of the registry's models, or export it again.`,
  );
}
