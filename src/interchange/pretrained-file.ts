// What a reader gives back for a file of pretrained weights, whatever its format.
import type { PretrainedPlan } from "../model/match-pretrained.js";
import type { WeightMap } from "../model/weights.js";

export interface PretrainedFile {
  /** By the model's layer and weight names: those the plan takes. */
  readonly weights: WeightMap;
  readonly plan: PretrainedPlan;
  /** Of the file's bytes; for TensorFlow.js of model.json and every shard that was read, in the manifest's
   *  order; for an unpacked .keras file of config.json, model.weights.h5 and metadata.json, in that order. */
  readonly sha256: string;
  /** What the file says it is: `TensorFlow.js model "mobilenet_1.00_224", Keras 2.1.4`. */
  readonly title: string;
}
