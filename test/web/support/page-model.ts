// The model that tests of the page use: the custom CNN with weights under which every image has a score of its own.
import { writeInferenceModel } from "../../../src/interchange/onnx/write-inference-model.js";
import type { MeasuredValue } from "../../../src/model/measured-operation.js";
import { completeContract, type ModelContract } from "../../../src/model/model-contract.js";
import { findModel } from "../../../src/model/zoo/registry.js";
import { livelyWeights } from "../../support/lively-weights.js";
import { sampleContract } from "../../support/sample-contract.js";

const measured = (value: number, low: number, high: number, n: number): MeasuredValue => ({ value, low, high, n });

/** Threshold and numbers are made up; they lie so that phantoms fall on both sides. */
export function pageContract(own: Partial<ModelContract> = {}): ModelContract {
  const entry = findModel("custom");
  const threshold = { value: 0.4, policy: "sensitivity=0.95", chosenOn: "validation" };
  const operation = {
    split: "test",
    threshold: threshold.value,
    images: 624,
    sensitivity: measured(0.9744, 0.9535, 0.986, 390),
    specificity: measured(0.812, 0.757, 0.857, 234),
    auc: measured(0.965, 0.951, 0.979, 624),
  } as const;
  const reading = sampleContract({ imageSize: 224, scaling: entry.scaling.sound, threshold, title: entry.title });
  const complete = completeContract(reading, entry, {
    operation: [operation],
    precision: "float32",
    productVersion: "0.0.0",
  });
  return { ...complete, ...own };
}

export function pageModel(own: Partial<ModelContract> = {}): Uint8Array {
  const graph = findModel("custom").build({ protocol: "sound" });
  return writeInferenceModel(graph, livelyWeights(graph, 3), pageContract(own));
}
