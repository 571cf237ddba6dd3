// Runs an ONNX model in ONNX Runtime: the outside reference for what the writer writes.
import { loadOnnxRuntime } from "../../src/core/onnx-runtime.js";
import type { HostTensor } from "../../src/model/weights.js";

const { InferenceSession, Tensor } = await loadOnnxRuntime();

/** The model's one output for its one input, row-major. */
export async function onnxOutputs(model: Uint8Array, { data, shape }: HostTensor): Promise<HostTensor> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const [input = ""] = session.inputNames;
  const [output = ""] = session.outputNames;
  const { [output]: value } = await session.run({ [input]: new Tensor("float32", data, shape) });
  await session.release();
  return { shape: value?.dims ?? [], data: value?.data as Float32Array };
}
