// The WebAssembly that inference in a browser needs, fetched when it is first used. Each address is written
// out, relative to this module: so bundlers find the files that belong to it and copy them.
import { AppError, messageOf } from "../core/errors.js";
import { browser } from "./browser-globals.js";

/** By their names in the packages that they come from: onnxruntime-web, @jsquash/jpeg, @cornerstonejs/codec-*. */
export type AssetName =
  | "ort-wasm-simd-threaded.mjs"
  | "ort-wasm-simd-threaded.wasm"
  | "ort-wasm-simd-threaded.asyncify.mjs"
  | "ort-wasm-simd-threaded.asyncify.wasm"
  | "mozjpeg_dec.wasm"
  | "libjpegturbowasm_decode.wasm"
  | "charlswasm_decode.wasm"
  | "openjpegwasm_decode.wasm"
  | "openjphjs.wasm";

/**
 * Where a file lies, by the name that it has as it was built: those of `dist/web/assets` in this package, or what a bundler
 * made of them. Relative addresses start at the page.
 */
export type Assets = (fileName: string) => string | URL;

/** Beside this module, or where a bundler put them. */
function bundledUrl(name: AssetName): URL {
  switch (name) {
    case "ort-wasm-simd-threaded.mjs":
      return new URL("onnxruntime-web/ort-wasm-simd-threaded.mjs", import.meta.url);
    case "ort-wasm-simd-threaded.wasm":
      return new URL("onnxruntime-web/ort-wasm-simd-threaded.wasm", import.meta.url);
    case "ort-wasm-simd-threaded.asyncify.mjs":
      return new URL("onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs", import.meta.url);
    case "ort-wasm-simd-threaded.asyncify.wasm":
      return new URL("onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm", import.meta.url);
    case "mozjpeg_dec.wasm":
      return new URL("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm", import.meta.url);
    case "libjpegturbowasm_decode.wasm":
      return new URL("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm", import.meta.url);
    case "charlswasm_decode.wasm":
      return new URL("@cornerstonejs/codec-charls/decodewasm", import.meta.url);
    case "openjpegwasm_decode.wasm":
      return new URL("@cornerstonejs/codec-openjpeg/decodewasm", import.meta.url);
    case "openjphjs.wasm":
      return new URL("@cornerstonejs/codec-openjph/wasm", import.meta.url);
    default:
      return name satisfies never;
  }
}

/** @param assets undefined for the files beside this module, or where a bundler put them */
export function assetUrl(assets: Assets | undefined, name: AssetName): string {
  const url = bundledUrl(name);
  if (assets === undefined) return url.href;
  return new URL(assets(url.pathname.split("/").at(-1) as string), browser.location?.href).href;
}

/** @throws AppError DOWNLOAD_FAILED */
export async function fetchAsset(assets: Assets | undefined, name: AssetName): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(assetUrl(assets, name));
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (thrown) {
    throw assetMissing(name, thrown);
  }
}

/** DOWNLOAD_FAILED */
export const assetMissing = (place: string, thrown: unknown): AppError =>
  new AppError(
    "DOWNLOAD_FAILED",
    {
      place,
      rule: "this part of the software should arrive",
      received: messageOf(thrown),
      remedy: "Try again once there is a network; if it stays so, the file is missing on the server",
    },
    { cause: thrown },
  );
