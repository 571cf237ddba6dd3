// The WebAssembly decoders behind portable-gray.ts (jSquash's builds, Apache-2.0). The caller brings the modules'
// bytes, because a browser fetches them and Node reads them from disk.
import createJpegDecoder, { type MozJPEGModule } from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import { decode as decodePng, initSync } from "@jsquash/png/codec/pkg/squoosh_png.js";
import type { RasterCodecs, RgbaPixels } from "./portable-gray.js";

export interface CodecModules {
  /** `@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm` */
  readonly jpeg: Uint8Array<ArrayBuffer>;
  /** `@jsquash/png/codec/pkg/squoosh_png_bg.wasm` */
  readonly png: Uint8Array<ArrayBuffer>;
}

/** Decoders for one thread. A failed JPEG costs a new instance: what the decoder held is then in an unknown state. */
export function createRasterCodecs(modules: CodecModules): RasterCodecs {
  initSync(modules.png);
  let jpegDecoder: Promise<MozJPEGModule> | undefined;
  return {
    async jpeg(bytes) {
      jpegDecoder ??= instantiateJpeg(modules.jpeg);
      const decoder = await jpegDecoder;
      try {
        return decoder.decode(bytes as Uint8Array<ArrayBuffer>, false) as RgbaPixels;
      } catch (thrown) {
        jpegDecoder = undefined;
        throw thrown;
      }
    },
    png: async (bytes) => decodePng(bytes) as RgbaPixels,
  };
}

function instantiateJpeg(wasmBinary: Uint8Array<ArrayBuffer>): Promise<MozJPEGModule> {
  // printErr: libjpeg's warnings about damaged files; what matters of them becomes an AppError.
  return createJpegDecoder({ noInitialRun: true, printErr: () => undefined, wasmBinary });
}
