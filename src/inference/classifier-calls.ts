// What every classifier can be asked, in Node and in the browser: one interface over an open model, its options checked, its
// end final.
/// <reference lib="esnext.disposable" preserve="true" />
import { checkArgument } from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import type { ModelContract } from "../model/model-contract.js";
import type { InferenceModel, ModelOutput } from "./inference-model.js";
import { checkPredictOptions, type PredictOptions } from "./predict-options.js";
import type { Result } from "./result.js";

export interface ClassifierCalls<Inputs> extends AsyncDisposable {
  readonly contract: ModelContract;
  /** The file that was opened. */
  readonly file: string;
  /**
   * One result per image, in order, with flat memory however many there are.
   * @throws AppError while it is iterated: OPTION_INVALID; NO_HEAT_MAP where maps are wanted of a model that was opened
   *   without; MODEL_INVALID; ABORTED; DISPOSED; in Node FILE_MISSING, FILE_UNREADABLE, NO_IMAGES_FOUND
   *   for inputs that are not there or hold none
   */
  predict(inputs: Inputs, options?: PredictOptions): AsyncGenerator<Result>;
  /**
   * For images that are prepared already: n grey images of `contract.imageSize`, row-major, [n, size, size], 0..255.
   * @throws AppError OPTION_INVALID for another number of bytes, MODEL_INVALID when the model cannot be run, DISPOSED
   */
  run(images: Uint8Array): Promise<ModelOutput>;
  /** Waits for what was asked for and frees the model. */
  dispose(): Promise<void>;
}

/**
 * @param hasMaps whether heat maps may be asked for
 * @param results the results of inputs that were not checked yet
 */
export function classifierCalls<Inputs>(
  model: InferenceModel,
  hasMaps: boolean,
  results: (inputs: Inputs, options: PredictOptions) => AsyncIterable<Result>,
): ClassifierCalls<Inputs> {
  const { contract, file } = model;
  let isDisposed = false;
  const requireOpen = () => {
    if (!isDisposed) return;
    throw new AppError("DISPOSED", { place: file, rule: "the classifier was disposed of", remedy: "Open it again" });
  };
  const dispose = async () => {
    if (isDisposed) return;
    isDisposed = true;
    await model.dispose();
  };
  return {
    contract,
    file,
    async *predict(inputs, options = {}) {
      requireOpen();
      checkPredictOptions(options, hasMaps);
      try {
        for await (const result of results(inputs, options)) {
          yield result;
          requireOpen();
        }
      } catch (thrown) {
        requireOpen(); // that the model is gone is no fault of the model's
        throw thrown;
      }
    },
    run: async (images) => {
      requireOpen();
      checkArgument("images", images, { rule: "a Uint8Array", holds: (value) => value instanceof Uint8Array });
      return model.run(images);
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
