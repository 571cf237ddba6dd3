// A model opened in the browser: one grey image of the contract's size in, score and heat map out. WebGPU computes only
// after it has given WebAssembly's score for a test image: drivers differ, and a score must not.
import type { InferenceSession } from "onnxruntime-web";
import { AppError, messageOf } from "../../src/core/errors.js";
import type { HeatMapBatch } from "../../src/model/heat-map.js";
import type { EngineChoice, OpenedModel } from "./messages.js";
import { hasGraphicsProcessor, loadGpuRuntime, loadWasmRuntime, type Runtime } from "./runtime.js";

/** Longest wait for a graphics processor to open the model and give its first score. */
const gpuLimitMs = 20_000;
/** Largest difference of the two engines' scores for the test image. */
const engineTolerance = 1e-3;

export interface EngineReading {
  readonly score: number;
  readonly heatMap: HeatMapBatch | null;
}

export interface ModelEngine {
  readonly kind: OpenedModel["engine"];
  /** @param pixels [size, size], grey. @throws AppError MODEL_INVALID */
  run(pixels: Uint8Array): Promise<EngineReading>;
  close(): Promise<void>;
}

/** @throws AppError MODEL_FILE_INVALID */
export async function openEngine(bytes: Uint8Array, imageSize: number, choice: EngineChoice): Promise<ModelEngine> {
  const wantsGpu = choice === "webgpu" || (choice === "automatic" && (await hasGraphicsProcessor()));
  if (!wantsGpu) return openOn(await loadWasmRuntime(), "wasm", bytes, imageSize);
  const runtime = await loadGpuRuntime();
  const wasm = await openOn(runtime, "wasm", bytes, imageSize);
  const gpu = await withinLimit(openAgreeing(runtime, wasm, bytes, imageSize));
  if (gpu === undefined) return wasm;
  await wasm.close();
  return gpu;
}

/** The model on the graphics processor, or undefined where it does not run there or gives another score. */
async function openAgreeing(runtime: Runtime, wasm: ModelEngine, bytes: Uint8Array, imageSize: number) {
  try {
    const gpu = await openOn(runtime, "webgpu", bytes, imageSize);
    if (await agree(gpu, wasm, imageSize)) return gpu;
    await gpu.close();
    return undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for what takes too long: a driver that hangs must not keep the page from reading. */
function withinLimit<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  const limit = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), gpuLimitMs));
  return Promise.race([promise, limit]);
}

async function openOn(
  runtime: Runtime,
  provider: "wasm" | "webgpu",
  bytes: Uint8Array,
  imageSize: number,
): Promise<ModelEngine> {
  let session: InferenceSession;
  try {
    session = await runtime.InferenceSession.create(bytes, {
      executionProviders: [provider],
      logSeverityLevel: 3,
    });
  } catch (thrown) {
    const rule = `cannot be opened by ONNX Runtime (${messageOf(thrown)})`;
    const facts = { place: "the model", rule, remedy: "Export it again" };
    throw new AppError("MODEL_FILE_INVALID", facts, { cause: thrown });
  }
  return {
    kind: provider === "webgpu" ? "WebGPU" : "WebAssembly",
    run: async (pixels) => {
      const image = new runtime.Tensor("uint8", pixels, [1, 1, imageSize, imageSize]);
      const outputs = await session.run({ image });
      const score = (outputs.probability?.data as Float32Array | undefined)?.[0];
      if (score === undefined || !Number.isFinite(score)) {
        const facts = { place: "the model", rule: "gives a score", received: `${score}`, remedy: "Export it again" };
        throw new AppError("MODEL_INVALID", facts);
      }
      const map = outputs.heatmap;
      const [, , height, width] = map?.dims ?? [];
      if (map === undefined || height === undefined || width === undefined) return { score, heatMap: null };
      return { score, heatMap: { data: Float32Array.from(map.data as Float32Array), height, width } };
    },
    close: () => session.release(),
  };
}

async function agree(gpu: ModelEngine, wasm: ModelEngine, imageSize: number): Promise<boolean> {
  // A bright oval on a slope: no image is needed, only one that every layer has something to do with.
  const pixels = Uint8Array.from({ length: imageSize ** 2 }, (_, i) => {
    const x = (i % imageSize) / imageSize - 0.5;
    const y = Math.floor(i / imageSize) / imageSize - 0.5;
    return 40 + 100 * (y + 0.5) + (4 * x * x + 2 * y * y < 0.4 ? 90 : 0) + ((i * 7919) % 23);
  });
  const [a, b] = [await gpu.run(pixels), await wasm.run(pixels)];
  return Math.abs(a.score - b.score) <= engineTolerance;
}
