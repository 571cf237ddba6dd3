// The golden files that test/golden/make/keras_models.py and keras_layers.py write beside each small Keras model.
import { readFileSync } from "node:fs";
import type { HostTensor } from "../../src/model/weights.js";
import { golden } from "./paths.js";

/** Names of test/golden/keras/<name>.{h5,json}: every layer of the vocabulary is in at least one. */
export const kerasGoldenModels = [
  ...["sequential", "functional", "frozen", "prepared"].flatMap((name) =>
    [2, 3].map((version) => `${name}-keras${version}`),
  ),
  ...[
    "separable",
    "dilated",
    "augmented",
    "resized",
    "noisy",
    "normalized",
    "imagewise",
    "merged",
    "turned",
    "rectified",
    "activated",
    "nested",
  ].map((name) => `${name}-keras3`),
];

interface PackedTensor {
  readonly shape: readonly number[];
  readonly base64: string;
}

export interface KerasGolden {
  /** A whole model saved by real Keras. */
  readonly path: string;
  /** Batch first, channels last. */
  readonly input: HostTensor;
  /** What Keras computes for it, in inference mode. */
  readonly output: HostTensor;
  /** Layer name -> weight name as that Keras spells it -> values. */
  readonly weights: ReadonlyMap<string, ReadonlyMap<string, HostTensor>>;
}

export function readKerasGolden(name: string): KerasGolden {
  const json = JSON.parse(readFileSync(golden("keras", `${name}.json`), "utf8")) as {
    input: PackedTensor;
    output: PackedTensor;
    weights: Record<string, Record<string, PackedTensor>>;
  };
  const weights = Object.entries(json.weights).map(([layer, ofLayer]) => {
    const tensors = Object.entries(ofLayer).map(([weight, tensor]) => [weight, unpacked(tensor)] as const);
    return [layer, new Map(tensors)] as const;
  });
  return {
    path: golden("keras", `${name}.h5`),
    input: unpacked(json.input),
    output: unpacked(json.output),
    weights: new Map(weights),
  };
}

/** Names of test/golden/keras-archive/<name>.{keras,json}, which test/golden/make/keras_archives.py writes. */
export const kerasArchives = ["nested", "convnext", "sequential"] as const;

/** A whole .keras file by real Keras 3, an input, and what Keras computes for it. */
export function readArchiveGolden(name: (typeof kerasArchives)[number]): Omit<KerasGolden, "weights"> {
  const json = JSON.parse(readFileSync(golden("keras-archive", `${name}.json`), "utf8"));
  const tensor = (of: "input" | "output"): HostTensor => ({
    shape: json[of].shape,
    data: Float32Array.from(json[of].values as number[]),
  });
  return { path: golden("keras-archive", `${name}.keras`), input: tensor("input"), output: tensor("output") };
}

function unpacked(tensor: PackedTensor): HostTensor {
  const bytes = Uint8Array.from(Buffer.from(tensor.base64, "base64"));
  return { shape: tensor.shape, data: new Float32Array(bytes.buffer) };
}
