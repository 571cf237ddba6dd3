// A model's computation in the browser: grey images of the contract's size in, scores and heat maps out. WebGPU computes only
// after it has given WebAssembly's score for a test image: drivers differ, and a score must not.
import type { InferenceSession } from "onnxruntime-web";
import { AppError, messageOf } from "../core/errors.js";
import type { ModelOutput, NamedBytes } from "../inference/inference-model.js";
import { invalid } from "../interchange/invalid-model-file.js";
import { type Assets, assetMissing } from "./assets.js";
import { hasGraphicsProcessor, loadGpuRuntime, loadWasmRuntime, type Runtime } from "./runtime.js";

/**
 * "automatic": WebGPU where there is a graphics processor. "webgpu": also on software that imitates one. With both, scores
 * that differ from WebAssembly's, or a driver that fails, leave the model to WebAssembly; a classifier's `engine` says so.
 */
export const engineChoices = ["automatic", "wasm", "webgpu"] as const;
/** What may compute in a browser. */
export type EngineChoice = (typeof engineChoices)[number];

/** Longest wait for a graphics processor to open the model and give its first score. */
const gpuLimitMs = 20_000;
/** Largest difference of the two engines' scores for the test image. */
const engineTolerance = 1e-3;

export interface Engine {
  readonly kind: "WebAssembly" | "WebGPU";
  /** @param images grey, [n, size, size]. @throws AppError MODEL_INVALID */
  run(images: Uint8Array): Promise<ModelOutput>;
  /** Waits for what was asked for. */
  close(): Promise<void>;
}

export interface EngineSettings {
  readonly imageSize: number;
  readonly choice: EngineChoice;
  readonly assets: Assets | undefined;
}

/** @throws AppError MODEL_FILE_INVALID where ONNX Runtime refuses the model, DOWNLOAD_FAILED where it does not arrive */
export async function openEngine(model: NamedBytes, { imageSize, choice, assets }: EngineSettings): Promise<Engine> {
  const wantsGpu = choice === "webgpu" || (choice === "automatic" && (await hasGraphicsProcessor()));
  const gpuRuntime = wantsGpu ? await loadGpuRuntime(assets).catch(unlessAskedFor(choice)) : undefined;
  if (gpuRuntime === undefined) return openOn(await loadWasmRuntime(assets), "wasm", model, imageSize);
  const wasm = await openOn(gpuRuntime, "wasm", model, imageSize);
  const gpu = await withinLimit(openAgreeing(gpuRuntime, wasm, model, imageSize));
  if (gpu === undefined) return wasm;
  await wasm.close();
  return gpu;
}

/** A build that does not arrive is no reason to have no score, unless it was asked for. */
const unlessAskedFor = (choice: EngineChoice) => (thrown: unknown) => {
  if (choice === "webgpu") throw thrown;
  return undefined;
};

/** The model on the graphics processor, or undefined where it does not run there or gives another score. */
async function openAgreeing(runtime: Runtime, wasm: Engine, model: NamedBytes, imageSize: number) {
  let gpu: Engine | undefined;
  let agrees = false;
  try {
    gpu = await openOn(runtime, "webgpu", model, imageSize);
    agrees = await agree(gpu, wasm, imageSize);
  } catch {
    // A driver that cannot run the model: WebAssembly does.
  }
  if (agrees) return gpu;
  await gpu?.close().catch(() => undefined);
  return undefined;
}

/** Undefined for what takes too long: a driver that hangs must not keep a page from scoring. What opens later is closed. */
async function withinLimit(opening: Promise<Engine | undefined>): Promise<Engine | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = Symbol("late");
  const limit = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), gpuLimitMs);
  });
  const first = await Promise.race([opening, limit]);
  clearTimeout(timer);
  if (first !== late) return first;
  void opening.then((engine) => engine?.close()).catch(() => undefined);
  return undefined;
}

async function openOn(
  runtime: Runtime,
  provider: "wasm" | "webgpu",
  { name, bytes }: NamedBytes,
  imageSize: number,
): Promise<Engine> {
  let session: InferenceSession;
  try {
    session = await runtime.InferenceSession.create(bytes, { executionProviders: [provider], logSeverityLevel: 3 });
  } catch (thrown) {
    if (/no available backend/.test(messageOf(thrown))) throw assetMissing("ONNX Runtime", thrown);
    throw invalid(name, "ONNX Runtime can load it", `a file that it refuses: ${messageOf(thrown)}`, thrown);
  }
  // One after another: a session refuses to run twice at the same time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Value>(action: () => Promise<Value>): Promise<Value> => {
    const result = last.then(action);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    kind: provider === "webgpu" ? "WebGPU" : "WebAssembly",
    run: (images) =>
      inTurn(async () => {
        const count = images.length / imageSize ** 2;
        const image = new runtime.Tensor("uint8", images, [count, 1, imageSize, imageSize]);
        const { probability, heatmap } = await session.run({ image }).catch((thrown: unknown) => {
          throw broken(name, messageOf(thrown), thrown);
        });
        if (probability?.data.length !== count) throw broken(name, "no score");
        return { scores: Float32Array.from(probability.data as Float32Array), heatMaps: mapsOf(heatmap) };
      }),
    close: () => inTurn(() => session.release()),
  };
}

/** Of [n, 2, height, width]; the runtime's memory is its own. */
function mapsOf(heatmap: InferenceSession.ReturnType[string] | undefined): ModelOutput["heatMaps"] {
  const [, , height, width] = heatmap?.dims ?? [];
  if (heatmap === undefined || height === undefined || width === undefined) return null;
  return { data: Float32Array.from(heatmap.data as Float32Array), height, width };
}

const broken = (name: string, received: string, cause?: unknown): AppError =>
  new AppError(
    "MODEL_INVALID",
    { place: name, rule: "ONNX Runtime should be able to run it", received, remedy: "Export the model again" },
    { cause },
  );

async function agree(gpu: Engine, wasm: Engine, imageSize: number): Promise<boolean> {
  // A bright oval on a slope: no image is needed, only one that every layer has something to do with.
  const pixels = Uint8Array.from({ length: imageSize ** 2 }, (_, i) => {
    const x = (i % imageSize) / imageSize - 0.5;
    const y = Math.floor(i / imageSize) / imageSize - 0.5;
    return 40 + 100 * (y + 0.5) + (4 * x * x + 2 * y * y < 0.4 ? 90 : 0) + ((i * 7919) % 23);
  });
  const [a, b] = [await gpu.run(pixels), await wasm.run(pixels)];
  return Math.abs((a.scores[0] as number) - (b.scores[0] as number)) <= engineTolerance;
}
