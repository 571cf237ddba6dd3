// Scores any number of image files with flat memory: decoded some at a time, through the network in batches, given out
// in the order of the files. A file that cannot be read becomes a row that says why; it never ends the work.
import { availableParallelism } from "node:os";
import { AppError } from "../core/errors.js";
import { mapInOrder } from "../core/map-in-order.js";
import { isPositive } from "../evaluation/confusion.js";
import { collectRarely } from "./collect-rarely.js";
import type { FoundFile } from "./image-inputs.js";
import type { ModelReader } from "./open-model.js";
import { type DecodedFile, decodeFound, type Remarks, type SkippedFile } from "./prepare-file.js";
import { type ScoreMeaning, toScore } from "./score-meaning.js";
import { stackImages } from "./stack-images.js";

/** What became of one file. */
export type Reading = ScoredFile | SkippedFile;

export interface ScoredFile extends Remarks {
  readonly kind: "scored";
  readonly name: string;
  /** P(pneumonia), 0..1. */
  readonly score: number;
  readonly label: "NORMAL" | "PNEUMONIA";
}

export interface ReadOptions {
  /** Files that go through the network together. */
  readonly batchSize: number;
  /** Scores of at least this are called pneumonia. */
  readonly threshold: number;
  readonly meaning: ScoreMeaning;
}

/**
 * One reading per file, in order; repeated files are left out.
 * @throws AppError MODEL_INVALID when the model gives no number
 */
export async function* readImages(
  files: AsyncIterable<FoundFile>,
  model: ModelReader,
  options: ReadOptions,
): AsyncGenerator<Reading> {
  const decoding = { workers: Math.min(8, availableParallelism()), ahead: 2 * options.batchSize };
  const decoded = mapInOrder(files, decoding, (file) => decodeFound(file, model.contract, () => null));
  // While a batch is computed, the next one waits ready.
  const scored = mapInOrder(inBatches(decoded, options.batchSize), { workers: 2, ahead: 2 }, (batch) =>
    scoreBatch(batch, model, options),
  );
  const collectAsBefore = collectRarely();
  try {
    for await (const readings of scored) yield* readings;
  } finally {
    collectAsBefore();
  }
}

async function* inBatches(all: AsyncIterable<Decoded | undefined>, size: number): AsyncGenerator<readonly Decoded[]> {
  let batch: Decoded[] = [];
  for await (const decoded of all) {
    if (decoded === undefined) continue;
    batch.push(decoded);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type Decoded = DecodedFile<null> | SkippedFile;

async function scoreBatch(batch: readonly Decoded[], model: ModelReader, options: ReadOptions): Promise<Reading[]> {
  const { classes } = model.contract;
  const images = batch.flatMap((file) => (file.kind === "decoded" ? [file.pixels] : []));
  const outputs = images.length === 0 ? new Float32Array() : (await model.read(stackImages(images))).scores;
  const next = outputs.values();
  return batch.map((file): Reading => {
    if (file.kind === "skipped") return file;
    const { name, warnings, scope } = file;
    const output = next.next().value as number;
    if (!(output >= 0 && output <= 1)) throw noProbability(model, name, output);
    const score = toScore(output, options.meaning);
    const label = classes[isPositive(score, options.threshold) ? 1 : 0];
    return { kind: "scored", name, score, label, warnings, scope };
  });
}

/** For a model that gives something else than a probability. */
export function noProbability({ file }: ModelReader, name: string, output: number): AppError {
  return new AppError(
    "MODEL_INVALID",
    `${file}: gives a probability from 0 to 1. Received ${output} for ${name}. Its weights are broken: train or copy it again.`,
  );
}
