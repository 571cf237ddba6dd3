// ONNX Runtime's two builds for browsers, loaded only when wanted. Their WebAssembly lies beside the page; nothing comes
// from anywhere else.
import type * as Ort from "onnxruntime-web";
import gpuModule from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import gpuBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import wasmModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";

export type Runtime = typeof Ort;

/** More threads than this gain nothing on models of this size. */
const maxThreads = 4;

/** WebAssembly threads need shared memory, which browsers give to cross-origin isolated pages only. */
export const runtimeThreads = (): number =>
  globalThis.crossOriginIsolated ? Math.max(1, Math.min(maxThreads, navigator.hardwareConcurrency)) : 1;

export async function loadWasmRuntime(): Promise<Runtime> {
  const runtime = await import("onnxruntime-web/wasm");
  return configured(runtime, wasmModule, wasmBinary);
}

/** Has WebAssembly in it too. */
export async function loadGpuRuntime(): Promise<Runtime> {
  const runtime = await import("onnxruntime-web/webgpu");
  return configured(runtime, gpuModule, gpuBinary);
}

function configured(runtime: Runtime, moduleUrl: string, binaryUrl: string): Runtime {
  const base = self.location.href;
  runtime.env.wasm.wasmPaths = { mjs: new URL(moduleUrl, base).href, wasm: new URL(binaryUrl, base).href };
  runtime.env.wasm.numThreads = runtimeThreads();
  runtime.env.logLevel = "error";
  return runtime;
}

/** A real graphics processor; software that imitates one is slower than WebAssembly. */
export async function hasGraphicsProcessor(): Promise<boolean> {
  const { gpu } = navigator as Navigator & { readonly gpu?: GraphicsEntry };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return adapter != null && adapter.info?.isFallbackAdapter !== true;
}

/** The part of WebGPU's interface that is asked here. */
interface GraphicsEntry {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
}
