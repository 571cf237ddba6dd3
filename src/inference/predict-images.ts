// Scores any number of images with flat memory: decoded some at a time, through the network in batches, given out in the
// order in which they were named.
import { availableParallelism } from "node:os";
import { aborted } from "../core/aborted.js";
import { mapInOrder } from "../core/map-in-order.js";
import type { HeatMapClass } from "../explain/heat-map-class.js";
import type { GrayImage } from "../images/gray-image.js";
import { resize } from "../images/resize.js";
import { heatMapsOf } from "../model/heat-map.js";
import { collectRarely } from "./collect-rarely.js";
import type { FoundFile } from "./image-inputs.js";
import type { InferenceModel } from "./open-model.js";
import { type ImageBytes, type PreparedFile, prepareFile } from "./prepare-file.js";
import { type FailedResult, type Result, scoredResult } from "./result.js";
import { stackImages } from "./stack-images.js";

/** How images are scored, and what comes with each score. */
export interface PredictOptions {
  /** Scores of at least this are called pneumonia; default the model's own. 0..1. */
  readonly threshold?: number | undefined;
  /** Images that go through the network together, 1..1024; default 4. */
  readonly batchSize?: number | undefined;
  /** Whether results carry a heat map, and for which class: true means the class that was called. Default false. */
  readonly heatMaps?: boolean | HeatMapClass | undefined;
  /** Whether results carry the radiograph as it is shown, its longer side 1024 pixels at most. Default false. */
  readonly images?: boolean | undefined;
  /** Whether results carry the pixels that the model was given. Default false. */
  readonly pixels?: boolean | undefined;
  /** Ends the iteration with an error ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** Longer side of a radiograph that is shown: a full one has 20 MB as PNG. */
const longestSide = 1024;

/**
 * One result per image, in order; files named twice come once.
 * @throws AppError MODEL_INVALID when the model gives no number, ABORTED
 */
export async function* predictImages(
  images: AsyncIterable<FoundFile | ImageBytes> | Iterable<FoundFile | ImageBytes>,
  model: InferenceModel,
  options: PredictOptions,
): AsyncGenerator<Result> {
  const { batchSize = 4, signal } = options;
  const keep = options.images === true ? shownSize : () => undefined;
  const decoding = { workers: Math.min(8, availableParallelism()), ahead: 2 * batchSize };
  const prepared = mapInOrder(images, decoding, (file) => prepareFile(file, model.contract, keep));
  // While a batch is computed, the next one waits ready.
  const scored = mapInOrder(inBatches(prepared, batchSize), { workers: 2, ahead: 2 }, (batch) =>
    scoreBatch(batch, model, options),
  );
  const collectAsBefore = collectRarely();
  try {
    for await (const results of scored) {
      for (const result of results) {
        if (signal?.aborted) throw aborted(signal, "predict");
        yield result;
      }
    }
  } finally {
    collectAsBefore();
  }
}

type Prepared = PreparedFile<GrayImage | undefined> | FailedResult;

async function* inBatches(all: AsyncIterable<Prepared | undefined>, size: number): AsyncGenerator<readonly Prepared[]> {
  let batch: Prepared[] = [];
  for await (const prepared of all) {
    if (prepared === undefined) continue;
    batch.push(prepared);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function scoreBatch(
  batch: readonly Prepared[],
  model: InferenceModel,
  { threshold = model.contract.threshold.value, heatMaps: wanted = false, pixels: keepsPixels = false }: PredictOptions,
): Promise<Result[]> {
  const prepared = batch.flatMap((file) => (file.kind === "prepared" ? [file.pixels] : []));
  const output = prepared.length === 0 ? null : await model.run(stackImages(prepared));
  const { classes } = model.contract;
  const heatMaps = wanted === true ? "called" : wanted === false ? undefined : wanted;
  let next = 0;
  return batch.map((file): Result => {
    if (file.kind === "failed" || output === null) return file as FailedResult;
    const at = next++;
    const maps = heatMaps === undefined || output.heatMaps === null ? null : heatMapsOf(output.heatMaps, at);
    const given = { score: output.scores[at] as number, heatMaps: maps };
    const result = scoredResult(file.name, given, file, { classes, threshold, heatMaps }, model.file);
    return {
      ...result,
      ...(file.kept !== undefined && { image: file.kept }),
      ...(keepsPixels && { pixels: file.pixels }),
    };
  });
}

function shownSize(image: GrayImage): GrayImage {
  const share = longestSide / Math.max(image.width, image.height);
  if (share >= 1) return image;
  const side = (length: number) => Math.max(1, Math.round(length * share));
  return resize(image, side(image.width), side(image.height), "area");
}
