// The WebAssembly of the codecs, from the packages that were installed. Node only; a page gives URLs instead.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type WasmSource, wasmFiles } from "../dicom/codecs/wasm-codecs.js";

const { resolve } = createRequire(import.meta.url);

export const installedWasm: WasmSource = (codec) => readFile(resolve(wasmFiles[codec]));
