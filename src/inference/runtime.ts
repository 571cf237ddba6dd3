// Which of ONNX Runtime's builds computes. load-runtime.ts loads it, in the session's thread.

export const inferenceRuntimes = ["native", "wasm"] as const;
/** Which ONNX Runtime computes: "native" is onnxruntime-node, "wasm" is onnxruntime-web. */
export type InferenceRuntime = (typeof inferenceRuntimes)[number];

/** The package of each. */
export const runtimePackages: Readonly<Record<InferenceRuntime, string>> = {
  native: "onnxruntime-node",
  wasm: "onnxruntime-web",
};
