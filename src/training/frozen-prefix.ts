// The frozen part of a network during one training: which engines compute it, and how they were chosen.
import { foldNormalization } from "../model/fold-normalization.js";
import { product } from "../model/shapes.js";
import { splitGraph } from "../model/split-graph.js";
import { Tensor } from "../tensor/tensor.js";
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
  /** "fastest" measures here and now where bfloat16 may be used; two runs may choose differently. */
  readonly engine: PrefixEngineName | "fastest";
  /** What the training chose before; taken when it is for the same cut. */
  readonly chosen: PrefixChoice | null;
  /** [n, c, h, w] of the batches to come. */
  readonly batchShape: readonly number[];
  /** Of what is computed for training. */
  readonly precision: Precision;
  /** Milliseconds. */
  readonly now: () => number;
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
  const choice =
    chosen?.boundary === boundary ? chosen : { boundary, ...(await choose(open, network.device, options)) };
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

type OpenEngine = (name: PrefixEngineName) => Promise<PrefixEngine>;

/**
 * In float32 the engine is given, not measured, for the same seed must give the same weights in every run: ONNX Runtime
 * was the faster one on every model (bench/results/transfer-throughput.csv).
 */
async function choose(
  open: OpenEngine,
  device: string,
  options: FrozenPrefixOptions,
): Promise<Pick<PrefixChoice, "training" | "scoring">> {
  const { engine, precision } = options;
  if (engine !== "fastest") {
    return { training: engine, scoring: engine === "libtorch-bfloat16" ? "libtorch-float32" : engine };
  }
  const scoring: PrefixEngineName = device === "cpu" ? "onnxruntime-float32" : "libtorch-float32";
  if (precision !== "bfloat16") return { training: scoring, scoring };
  if (device !== "cpu") return { training: "libtorch-bfloat16", scoring };
  const exact = await secondsPerBatch(open, scoring, options);
  const training = (await secondsPerBatch(open, "libtorch-bfloat16", options)) < exact ? "libtorch-bfloat16" : scoring;
  return { training, scoring };
}

/** The faster of two batches after one that warms up. */
async function secondsPerBatch(
  open: OpenEngine,
  name: PrefixEngineName,
  { batchShape, now }: FrozenPrefixOptions,
): Promise<number> {
  const engine = await open(name);
  const ramp = Float32Array.from({ length: product(batchShape) }, (_, i) => ((i * 37) % 256) / 255);
  const images = Tensor.fromArray(ramp, batchShape);
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    const started = now();
    (await engine.features(images)).dispose();
    times.push(now() - started);
  }
  images.dispose();
  await engine.dispose();
  return Math.min(...times.slice(1)) / 1000;
}
