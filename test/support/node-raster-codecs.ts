// The portable decoders with their WebAssembly read from node_modules, for tests that compare them with sharp's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RasterCodecs } from "../../src/images/portable-gray.js";
import { createRasterCodecs } from "../../src/images/raster-codecs.js";
import { projectRoot } from "./paths.js";

const wasm = (...path: string[]) => new Uint8Array(readFileSync(join(projectRoot, "node_modules", ...path)));

export const nodeRasterCodecs = (): RasterCodecs =>
  createRasterCodecs({
    jpeg: wasm("@jsquash", "jpeg", "codec", "dec", "mozjpeg_dec.wasm"),
    png: wasm("@jsquash", "png", "codec", "pkg", "squoosh_png_bg.wasm"),
  });
