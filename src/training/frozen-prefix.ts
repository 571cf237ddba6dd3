// The frozen part of a network during one training: which engines compute it, and how they were chosen.
import { type FoldedModel, foldNormalization } from "../model/fold-normalization.js";
import { inferShapes, product } from "../model/shapes.js";
import { splitGraph } from "../model/split-graph.js";
import type { Network, Precision } from "./network.js";
import { openPrefixEngine, type PrefixEngine, type PrefixEngineName } from "./prefix-engine.js";

/** Kept with the training state: a resumed run computes with what it began with, so it ends with the same weights. */
export interface PrefixChoice {
  /** The last frozen layer; the choice holds for no other cut. */
  readonly boundary: string;
  readonly training: PrefixEngineName;
  /** In float32 always: one score everywhere. */
  readonly scoring: PrefixEngineName;
}

export interface FrozenPrefixOptions {
  /** "fastest" is told by the network and the precision, not by a clock: the same seed gives the same weights in every run. */
  readonly engine: PrefixEngineName | "fastest";
  /** What the training chose before; taken when it is for the same cut. */
  readonly chosen: PrefixChoice | null;
  /** Of what is computed for training. */
  readonly precision: Precision;
}

export interface FrozenPrefix {
  readonly choice: PrefixChoice;
  readonly training: PrefixEngine;
  readonly scoring: PrefixEngine;
  dispose(): Promise<void>;
}

/** Null when nothing of the network is frozen, or when it computes in float64. @throws AppError ENGINE_MISSING */
export async function openFrozenPrefix(network: Network, options: FrozenPrefixOptions): Promise<FrozenPrefix | null> {
  const split = splitGraph(network.graph);
  if (split === null || network.precision === "float64") return null;
  const boundary = split.prefix.output;
  const model = foldNormalization(split.prefix, network.parameters.toWeightMap());
  const open = (name: PrefixEngineName) => openPrefixEngine(name, model, network.device);
  const { chosen } = options;
  const choice = chosen?.boundary === boundary ? chosen : { boundary, ...choose(model, network.device, options) };
  const training = await open(choice.training);
  const scoring = choice.scoring === choice.training ? training : await open(choice.scoring);
  return {
    choice,
    training,
    scoring,
    dispose: async () => {
      await training.dispose();
      if (scoring !== training) await scoring.dispose();
    },
  };
}

/**
 * In float32 ONNX Runtime was the faster engine on every model (bench/results/transfer-throughput.csv). libtorch in bfloat16
 * multiplies twice as fast or more, and is slower with all else.
 */
function choose(
  model: FoldedModel,
  device: string,
  { engine, precision }: FrozenPrefixOptions,
): Pick<PrefixChoice, "training" | "scoring"> {
  if (engine !== "fastest") {
    return { training: engine, scoring: engine === "libtorch-bfloat16" ? "libtorch-float32" : engine };
  }
  const scoring: PrefixEngineName = device === "cpu" ? "onnxruntime-float32" : "libtorch-float32";
  const paysOff = device !== "cpu" || multiplicationsPerValue(model) >= fewestMultiplications;
  return { training: precision === "bfloat16" && paysOff ? "libtorch-bfloat16" : scoring, scoring };
}

/** Decision 12 has the times of models on both sides; the nearest are EfficientNetB3 (43, not timed) and DenseNet121 (72). */
const fewestMultiplications = 60;

/** Multiplications of convolutions and dense layers for each value that a layer puts out. */
function multiplicationsPerValue({ graph, weights }: FoldedModel): number {
  let multiplications = 0;
  let values = 0;
  for (const [layer, shape] of inferShapes(graph)) {
    values += product(shape);
    for (const [name, { shape: kernel }] of weights.get(layer) ?? []) {
      if (!name.endsWith("kernel")) continue;
      const outputs =
        name === "depthwise_kernel" ? (kernel[2] as number) * (kernel[3] as number) : (kernel.at(-1) as number);
      multiplications += (product(shape) * product(kernel)) / outputs;
    }
  }
  return multiplications / values;
}
