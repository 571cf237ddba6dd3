// Prepared images to results, with flat memory however many there are: through the network in batches, given out in the
// order in which they come. For Node and browsers.
import { throwIfAborted } from "../core/aborted.js";
import { mapInOrder } from "../core/map-in-order.js";
import { heatMapsOf } from "../model/heat-map.js";
import type { InferenceModel } from "./inference-model.js";
import type { PredictOptions } from "./predict-options.js";
import type { PreparedInput } from "./prepared-input.js";
import { type FailedResult, type Result, scoredResult } from "./result.js";
import { stackImages } from "./stack-images.js";

export interface ScoreLimits {
  /** Images that are decoded at the same time. */
  readonly decoders: number;
  readonly batchSize: number;
}

/**
 * One result per image, in order; where `prepare` gives undefined, none.
 * @throws AppError MODEL_INVALID when the model gives no number, ABORTED
 */
export async function* scoreInputs<Input>(
  inputs: AsyncIterable<Input> | Iterable<Input>,
  prepare: (input: Input) => Promise<PreparedInput | FailedResult | undefined>,
  model: InferenceModel,
  options: PredictOptions,
  { decoders, batchSize }: ScoreLimits,
): AsyncGenerator<Result> {
  const { signal } = options;
  const prepared = mapInOrder(inputs, { workers: decoders, ahead: 2 * batchSize }, prepare);
  // While a batch is computed, the next one waits ready.
  const scored = mapInOrder(inBatches(prepared, batchSize), { workers: 2, ahead: 2 }, (batch) =>
    scoreBatch(batch, model, options),
  );
  for await (const results of scored) {
    for (const result of results) {
      throwIfAborted(signal, "predict");
      yield result;
    }
  }
}

type Prepared = PreparedInput | FailedResult;

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
  const prepared = batch.flatMap((input) => (input.kind === "prepared" ? [input.pixels] : []));
  const output = prepared.length === 0 ? null : await model.run(stackImages(prepared));
  const { classes, unsure } = model.contract;
  const heatMaps = wanted === true ? "called" : wanted === false ? undefined : wanted;
  let next = 0;
  return batch.map((input): Result => {
    if (input.kind === "failed" || output === null) return input as FailedResult;
    const at = next++;
    const maps = heatMaps === undefined || output.heatMaps === null ? null : heatMapsOf(output.heatMaps, at);
    const given = { score: output.scores[at] as number, heatMaps: maps };
    const result = scoredResult(input.name, given, input, { classes, threshold, unsure, heatMaps }, model.file);
    return {
      ...result,
      ...(input.shown !== undefined && { image: input.shown }),
      ...(keepsPixels && { pixels: input.pixels }),
      ...(input.traits !== undefined && { traits: input.traits }),
    };
  });
}
