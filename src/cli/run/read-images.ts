// Scores any number of image files with flat memory: decoded some at a time, through the network in batches, given out
// in the order of the files. A file that cannot be read becomes a row that says why; it never ends the work.
import { availableParallelism } from "node:os";
import { AppError, messageOf } from "../../core/errors.js";
import { isPositive } from "../../evaluation/confusion.js";
import type { ImageWarning } from "../../images/image-warning.js";
import { checkScope, type ScopeFinding } from "../../images/out-of-scope/check-scope.js";
import { readRadiograph } from "../../images/read-radiograph.js";
import { resize } from "../../images/resize.js";
import type { ModelReader } from "../../reading/open-reader.js";
import { reasonOf } from "../left-out.js";
import type { FoundFile } from "./image-inputs.js";
import { mapInOrder } from "./map-in-order.js";
import { type ScoreMeaning, toScore } from "./score-meaning.js";

/** What became of one file. */
export type Reading =
  | {
      readonly kind: "scored";
      readonly name: string;
      /** P(pneumonia), 0..1. */
      readonly score: number;
      readonly label: "NORMAL" | "PNEUMONIA";
      readonly warnings: readonly ImageWarning[];
      /** What speaks against the image being an upright frontal chest radiograph; the score is given all the same. */
      readonly scope: readonly ScopeFinding[];
    }
  | {
      readonly kind: "skipped";
      readonly name: string;
      readonly error: AppError;
      /** The error's message without the path in front. */
      readonly reason: string;
    };

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
  const decoded = mapInOrder(files, decoding, (file) => decode(file, model));
  // While a batch is computed, the next one waits ready.
  const scored = mapInOrder(inBatches(decoded, options.batchSize), { workers: 2, ahead: 2 }, (batch) =>
    scoreBatch(batch, model, options),
  );
  for await (const readings of scored) yield* readings;
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

interface Decoded {
  readonly name: string;
  readonly path: string;
  /** 8-bit grey, [size * size], or why there is none. */
  readonly result: Uint8Array | AppError;
  readonly warnings: readonly ImageWarning[];
  readonly scope: readonly ScopeFinding[];
}

const nothing = { warnings: [], scope: [] } as const;

async function decode(file: FoundFile, { contract }: ModelReader): Promise<Decoded | undefined> {
  if (file.kind === "repeated") return undefined;
  const { name, path } = file;
  if (file.kind === "unreadable") return { name, path, result: file.error, ...nothing };
  try {
    const { image, warnings } = await readRadiograph(path);
    const { data } = resize(image, contract.imageSize, contract.imageSize, contract.interpolation);
    return { name, path, result: data, warnings, scope: checkScope(image).findings };
  } catch (thrown) {
    if (thrown instanceof AppError) return { name, path, result: thrown, ...nothing };
    const message = `${path}: cannot be decoded: ${messageOf(thrown)}. Replace the file.`;
    return { name, path, result: new AppError("IMAGE_UNREADABLE", message, { cause: thrown }), ...nothing };
  }
}

async function scoreBatch(batch: readonly Decoded[], model: ModelReader, options: ReadOptions): Promise<Reading[]> {
  const { contract } = model;
  const images = batch.flatMap(({ result }) => (result instanceof AppError ? [] : [result]));
  const bytes = contract.imageSize ** 2;
  const pixels = new Uint8Array(images.length * bytes);
  for (const [i, image] of images.entries()) pixels.set(image, i * bytes);
  const outputs = images.length === 0 ? new Float32Array() : (await model.read(pixels)).scores;
  const next = outputs.values();
  return batch.map(({ name, path, result, warnings, scope }): Reading => {
    if (result instanceof AppError) return { kind: "skipped", name, error: result, reason: reasonOf(result, path) };
    const output = next.next().value as number;
    if (!(output >= 0 && output <= 1)) throw noProbability(model, name, output);
    const score = toScore(output, options.meaning);
    return {
      kind: "scored",
      name,
      score,
      label: contract.classes[isPositive(score, options.threshold) ? 1 : 0],
      warnings,
      scope,
    };
  });
}

/** For a model that gives something else than a probability. */
export function noProbability({ file }: ModelReader, name: string, output: number): AppError {
  return new AppError(
    "MODEL_INVALID",
    `${file}: gives a probability from 0 to 1. Received ${output} for ${name}. Its weights are broken: train or copy it again.`,
  );
}
