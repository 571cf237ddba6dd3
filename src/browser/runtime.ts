// ONNX Runtime's two builds for browsers, loaded only when wanted.
import type * as Ort from "onnxruntime-web";
import { type AssetName, type Assets, assetMissing, assetUrl } from "./assets.js";
import { browser } from "./browser-globals.js";

export type Runtime = typeof Ort;

/** More threads than this gain nothing on models of this size. */
const maxThreads = 4;

/** WebAssembly threads need shared memory, which browsers give to cross-origin isolated pages only. */
export const runtimeThreads = (): number =>
  browser.crossOriginIsolated === true ? Math.max(1, Math.min(maxThreads, browser.navigator.hardwareConcurrency)) : 1;

/** @throws AppError DOWNLOAD_FAILED */
export async function loadWasmRuntime(assets: Assets | undefined): Promise<Runtime> {
  return load(() => import("onnxruntime-web/wasm"), assets, "ort-wasm-simd-threaded");
}

/** Has WebAssembly in it too. @throws AppError DOWNLOAD_FAILED */
export async function loadGpuRuntime(assets: Assets | undefined): Promise<Runtime> {
  return load(() => import("onnxruntime-web/webgpu"), assets, "ort-wasm-simd-threaded.asyncify");
}

async function load(
  imported: () => Promise<Runtime>,
  assets: Assets | undefined,
  stem: "ort-wasm-simd-threaded" | "ort-wasm-simd-threaded.asyncify",
): Promise<Runtime> {
  const url = (name: AssetName) => assetUrl(assets, name);
  try {
    const runtime = await imported();
    runtime.env.wasm.wasmPaths = { mjs: url(`${stem}.mjs`), wasm: url(`${stem}.wasm`) };
    runtime.env.wasm.numThreads = runtimeThreads();
    runtime.env.logLevel = "error";
    return runtime;
  } catch (thrown) {
    throw assetMissing("ONNX Runtime", thrown);
  }
}

/** A real graphics processor; software that imitates one is slower than WebAssembly. */
export async function hasGraphicsProcessor(): Promise<boolean> {
  const adapter = await browser.navigator.gpu?.requestAdapter().catch(() => null);
  return adapter != null && adapter.info?.isFallbackAdapter !== true;
}
