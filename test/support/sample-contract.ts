// The contract of a model that was never trained on anything real, for tests that need some contract.
import { intendedUse, type ModelContract } from "../../src/model/model-contract.js";
import { randomWeights } from "../../src/model/weights-origin.js";
import { unitScaling } from "../../src/model/zoo/zoo-entry.js";

export function sampleContract(own: Partial<ModelContract> = {}): ModelContract {
  const trainedOn = { dataset: "phantoms", images: 10, sha256: "" };
  return {
    version: 1,
    schemaVersion: 1,
    productVersion: "0.0.0",
    model: "custom",
    title: "Custom CNN",
    protocol: "sound",
    weights: randomWeights,
    imageSize: 32,
    interpolation: "linear",
    scaling: unitScaling,
    classes: ["NORMAL", "PNEUMONIA"],
    threshold: { value: 0.25, policy: "youden", chosenOn: "validation" },
    trainedOn,
    precision: "float32",
    operation: [],
    licence: { model: "Apache-2.0", weights: null },
    intendedUse: intendedUse(trainedOn),
    ...own,
  };
}
