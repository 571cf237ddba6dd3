// The WebAssembly decoder behind portable-gray.ts: jSquash's build of mozjpeg (Apache-2.0), the library that libvips uses.
// The caller brings the module's bytes, because a browser fetches them and Node reads them from disk.
import createJpegDecoder, { type MozJPEGModule } from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import type { JpegCodec, RgbaPixels } from "./portable-gray.js";

/**
 * A decoder for one thread, one image at a time. A failed image costs a new instance: what the decoder held is then in an
 * unknown state. Rejects with the engine's words where the module does not start, which is no image's fault.
 * @param wasmBinary `@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm`
 */
export async function createJpegCodec(wasmBinary: Uint8Array<ArrayBuffer>): Promise<JpegCodec> {
  let warning: string | undefined;
  const printErr = (line: string) => {
    warning ??= line;
  };
  const started = () => createJpegDecoder({ noInitialRun: true, printErr, wasmBinary });
  let instance: MozJPEGModule | undefined = await started();
  return async (bytes) => {
    const decoder: MozJPEGModule = instance ?? (await started());
    instance = decoder;
    warning = undefined;
    try {
      const pixels: unknown = decoder.decode(bytes as Uint8Array<ArrayBuffer>, false);
      const { width, height, data } = pixels as RgbaPixels;
      return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), warning };
    } catch (thrown) {
      instance = undefined;
      throw thrown;
    }
  };
}
