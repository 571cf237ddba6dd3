// The codecs in WebAssembly from the packages that were installed, for formats without a faster decoder in Node.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { installedWasm } from "./decode-thread/codec-files.js";
import { WasmCodecs } from "./dicom/codecs/wasm-codecs.js";
import type { ImageCodecs } from "./formats.js";
import { createJpegCodec } from "./jpeg-codec.js";

const { resolve } = createRequire(import.meta.url);

export const nodeCodecs: ImageCodecs = {
  async jpeg() {
    const wasm = await readFile(resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"));
    return await createJpegCodec(new Uint8Array(wasm));
  },
  dicom: new WasmCodecs(installedWasm),
};
