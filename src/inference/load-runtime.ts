// Loads ONNX Runtime: native code or WebAssembly, whichever is asked for and nothing of the other.
import type { InferenceSession, TensorConstructor } from "onnxruntime-node";
import { loadOnnxRuntime } from "../core/onnx-runtime.js";
import type { InferenceRuntime } from "./runtime.js";

/** What both packages give. */
export interface LoadedRuntime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

/** Throws what `import` throws where the package is not installed. */
export async function loadRuntime(runtime: InferenceRuntime, threads: number): Promise<LoadedRuntime> {
  if (runtime === "native") return loadOnnxRuntime();
  const web = await import("onnxruntime-web");
  web.env.wasm.numThreads = threads;
  return web;
}
