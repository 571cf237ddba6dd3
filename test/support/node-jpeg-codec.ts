// The portable JPEG decoder with its WebAssembly read from node_modules, for tests that compare it with sharp's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createJpegCodec } from "../../src/images/jpeg-codec.js";
import type { JpegCodec } from "../../src/images/portable-gray.js";
import { projectRoot } from "./paths.js";

export function nodeJpegCodec(): JpegCodec {
  const path = join(projectRoot, "node_modules", "@jsquash", "jpeg", "codec", "dec", "mozjpeg_dec.wasm");
  return createJpegCodec(new Uint8Array(readFileSync(path)));
}
