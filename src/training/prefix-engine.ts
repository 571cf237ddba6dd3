// Engines that compute the frozen part of a model: images in, the values at the cut out, nothing recorded for gradients.
// All take the same folded model; they differ in speed and rounding alone.
import { AppError, messageOf } from "../core/errors.js";
import { loadOnnxRuntime } from "../core/onnx-runtime.js";
import { writeOnnxModel } from "../interchange/onnx/write-onnx-model.js";
import type { FoldedModel } from "../model/fold-normalization.js";
import { inArena } from "../tensor/arena.js";
import { engineInfo } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";
import { Network } from "./network.js";

export const prefixEngineNames = ["libtorch-float32", "libtorch-bfloat16", "onnxruntime-float32"] as const;
export type PrefixEngineName = (typeof prefixEngineNames)[number];

export interface PrefixEngine {
  readonly name: PrefixEngineName;
  /**
   * The frozen part's float32 output for scaled images [n, c, h, w], or [n, 1, h, w] standing for equal channels, on the
   * images' device. The caller disposes of it.
   */
  features(images: Tensor): Promise<Tensor>;
  dispose(): Promise<void>;
}

/** @throws AppError ENGINE_MISSING when ONNX Runtime cannot be loaded on this machine */
export async function openPrefixEngine(
  name: PrefixEngineName,
  model: FoldedModel,
  device: string,
): Promise<PrefixEngine> {
  switch (name) {
    case "libtorch-float32":
      return libtorchEngine(name, model, device, "float32");
    case "libtorch-bfloat16":
      return libtorchEngine(name, model, device, "bfloat16");
    case "onnxruntime-float32":
      return onnxRuntimeEngine(name, model);
    default:
      return name satisfies never;
  }
}

function libtorchEngine(
  name: PrefixEngineName,
  { graph, weights }: FoldedModel,
  device: string,
  storage: "float32" | "bfloat16",
): PrefixEngine {
  const network = new Network(graph, weights, { device, storage });
  return {
    name,
    features: async (images) =>
      inArena(() => {
        const features = network.infer(ops.contiguous(images, { memoryFormat: "channelsLast" }));
        return storage === "float32" ? features : ops.toDtype(features, "float32");
      }),
    dispose: async () => network.dispose(),
  };
}

async function onnxRuntimeEngine(name: PrefixEngineName, { graph, weights }: FoldedModel): Promise<PrefixEngine> {
  const runtime = await loadOnnxRuntime().catch((thrown: unknown) => {
    throw new AppError(
      "ENGINE_MISSING",
      {
        place: "ONNX Runtime",
        rule: `the package onnxruntime-node cannot be loaded: ${messageOf(thrown)}`,
        remedy: 'Run "npm ci", or train with another engine',
      },
      { cause: thrown },
    );
  });
  const [input] = graph.nodes;
  const channels = input?.className === "InputLayer" ? input.config.shape[2] : 0;
  const session = await runtime.InferenceSession.create(writeOnnxModel(graph, weights), {
    intraOpNumThreads: engineInfo().threads,
    logSeverityLevel: 3, // errors
    extra: { session: { force_spinning_stop: "1" } }, // between two batches the processor belongs to libtorch
  });
  return {
    name,
    features: async (images) => {
      const [count, , ...size] = images.shape as [number, number, ...number[]];
      const shape = [count, channels, ...size];
      const pixels = inArena(() => ops.expand(images, shape).toFloat32()); // [n, 1, h, w] -> [n, c, h, w]
      const results = await session.run({
        [session.inputNames[0] as string]: new runtime.Tensor("float32", pixels, shape),
      });
      const output = results[session.outputNames[0] as string];
      return Tensor.fromArray(output?.data as Float32Array, output?.dims ?? [], images.device);
    },
    dispose: () => session.release(),
  };
}
