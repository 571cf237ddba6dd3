// Explains any number of image files with flat memory: some are decoded and read together, their overlays are written,
// and one row for each comes out in the order of the files. A file that cannot be read becomes a row that says why.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { AppError, messageOf } from "../../core/errors.js";
import { isPositive } from "../../evaluation/confusion.js";
import { type HeatMapBatch, heatMapAt } from "../../explain/heat-map.js";
import { type HeatMapClass, labelOfMap } from "../../explain/heat-map-class.js";
import { overlay, sideBySide } from "../../explain/overlay.js";
import { type WhereItLooked, whereItLooked } from "../../explain/where-it-looked.js";
import { encodeColourPng } from "../../images/encode.js";
import type { GrayImage } from "../../images/gray-image.js";
import type { ImageWarning } from "../../images/image-warning.js";
import { checkScope, type ScopeFinding } from "../../images/out-of-scope/check-scope.js";
import { readRadiograph } from "../../images/read-radiograph.js";
import { resize } from "../../images/resize.js";
import type { ModelReader } from "../../reading/open-reader.js";
import { reasonOf } from "../left-out.js";
import type { FoundFile } from "../run/image-inputs.js";
import { mapInOrder } from "../run/map-in-order.js";
import { noProbability } from "../run/read-images.js";
import { type ScoreMeaning, toScore } from "../run/score-meaning.js";
import { OutputNames } from "./output-names.js";

export type ExplainedRow =
  | {
      readonly kind: "explained";
      readonly name: string;
      /** P(pneumonia), 0..1. */
      readonly score: number;
      readonly label: "NORMAL" | "PNEUMONIA";
      readonly warnings: readonly ImageWarning[];
      /** What speaks against the image being an upright frontal chest radiograph; it is explained all the same. */
      readonly scope: readonly ScopeFinding[];
      /** The class that the heat map is for. */
      readonly lookedFor: "NORMAL" | "PNEUMONIA";
      /** null where nothing speaks for that class: the overlay is the bare radiograph. */
      readonly looked: WhereItLooked | null;
      /** Names of the written files inside the output folder. */
      readonly files: { readonly overlay: string; readonly sideBySide: string };
    }
  | {
      readonly kind: "skipped";
      readonly name: string;
      readonly error: AppError;
      /** The error's message without the path in front. */
      readonly reason: string;
    };

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
  for await (const decoded of mapInOrder(files, limits, (file) => decode(file, model))) {
    if (decoded === undefined) continue;
    batch.push(decoded);
    if (batch.length < batchSize) continue;
    yield* await explainBatch(batch, names, model, options);
    batch = [];
  }
  yield* await explainBatch(batch, names, model, options);
}

interface Decoded {
  readonly name: string;
  readonly path: string;
  readonly result: Radiograph | AppError;
}

interface Radiograph {
  /** As it is shown, its longer side at most `longestSide`. */
  readonly shown: GrayImage;
  /** As the model reads it, [size, size]. */
  readonly pixels: Uint8Array;
  readonly warnings: readonly ImageWarning[];
  readonly scope: readonly ScopeFinding[];
}

async function decode(file: FoundFile, { contract }: ModelReader): Promise<Decoded | undefined> {
  if (file.kind === "repeated") return undefined;
  const { name, path } = file;
  if (file.kind === "unreadable") return { name, path, result: file.error };
  try {
    const { image, warnings } = await readRadiograph(path);
    const { imageSize, interpolation } = contract;
    const pixels = resize(image, imageSize, imageSize, interpolation).data;
    return { name, path, result: { shown: shownSize(image), pixels, warnings, scope: checkScope(image).findings } };
  } catch (thrown) {
    if (thrown instanceof AppError) return { name, path, result: thrown };
    const message = `${path}: cannot be decoded: ${messageOf(thrown)}. Replace the file.`;
    return { name, path, result: new AppError("IMAGE_UNREADABLE", message, { cause: thrown }) };
  }
}

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
  const radiographs = batch.flatMap(({ result }) => (result instanceof AppError ? [] : [result]));
  const read = radiographs.length === 0 ? null : await readAll(radiographs, model, options);
  let next = 0;
  const rows: ExplainedRow[] = [];
  for (const { name, path, result } of batch) {
    if (result instanceof AppError || read === null) {
      const error = result as AppError;
      rows.push({ kind: "skipped", name, error, reason: reasonOf(error, path) });
      continue;
    }
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
    const over = overlay(result.shown, map);
    await writeFileAtomically(join(options.folder, files.overlay), await encodeColourPng(over));
    const both = await encodeColourPng(sideBySide(result.shown, over));
    await writeFileAtomically(join(options.folder, files.sideBySide), both);
    const { classes } = model.contract;
    rows.push({
      kind: "explained",
      name,
      score,
      label: classes[isCalled ? 1 : 0],
      warnings: result.warnings,
      scope: result.scope,
      lookedFor: classes[label],
      looked: whereItLooked(map),
      files,
    });
  }
  return rows;
}

async function readAll(radiographs: readonly Radiograph[], model: ModelReader, options: ExplainOptions) {
  const bytes = model.contract.imageSize ** 2;
  const images = new Uint8Array(radiographs.length * bytes); // [n, size, size]
  for (const [i, { pixels }] of radiographs.entries()) images.set(pixels, i * bytes);
  const { scores, heatmaps } = await model.read(images);
  if (heatmaps === null) throw noHeatMap(model.file);
  options.onMaps?.(images, heatmaps);
  return { scores, maps: heatmaps };
}

/** For a model without heat maps. */
export function noHeatMap(file: string): AppError {
  return new AppError(
    "NO_HEAT_MAP",
    `${file}: should give heat maps. Received a model whose last layers have no gradient of closed form here, or a file that was exported without maps. Choose one of the registry's models, or export it again.`,
  );
}
