// The codecs that are C and C++ libraries compiled to WebAssembly (libjpeg-turbo, CharLS, OpenJPEG, OpenJPH), the same in
// Node and in a browser. Each image gets a fresh instance: no memory of another image, nothing left of one that trapped.
/// <reference path="./cornerstone-codecs.d.ts" />
import type { CodestreamHeader } from "../codestream-header.js";
import { brokenPixels, type DecodedFrame } from "./decoded-frame.js";

export const wasmCodecNames = ["jpeg", "jpeg-ls", "jpeg-2000", "htj2k"] as const;
export type WasmCodecName = (typeof wasmCodecNames)[number];

/** Where each codec's WebAssembly lies: module specifiers that Node resolves and bundlers turn into URLs. */
export const wasmFiles: Readonly<Record<WasmCodecName, string>> = {
  jpeg: "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm",
  "jpeg-ls": "@cornerstonejs/codec-charls/decodewasm",
  "jpeg-2000": "@cornerstonejs/codec-openjpeg/decodewasm",
  htj2k: "@cornerstonejs/codec-openjph/wasm",
};

/** Gives the bytes of a codec's WebAssembly: from disk in Node, by fetch in a browser. */
export type WasmSource = (codec: WasmCodecName) => Promise<Uint8Array | ArrayBuffer>;

/** The little that is needed of the global, which Node's types leave out. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    compile(bytes: Uint8Array | ArrayBuffer): Promise<object>;
    instantiate(module: object, imports: object): Promise<object>;
  };
};

/** Loads codecs when they are first needed and keeps them compiled. */
export class WasmCodecs {
  readonly #source: WasmSource;
  readonly #compiled = new Map<WasmCodecName, Promise<object>>();

  constructor(source: WasmSource) {
    this.#source = source;
  }

  /**
   * Decodes a whole codestream. 8-bit samples come in bytes, others in 16-bit words.
   * @throws AppError DICOM_UNREADABLE; whatever the source throws when a codec cannot be loaded
   */
  async decode(codec: WasmCodecName, header: CodestreamHeader, place: string): Promise<DecodedFrame> {
    const module = await this.#instance(codec);
    try {
      return decodeWith(newDecoder(module, codec), codec, header);
    } catch (thrown) {
      throw brokenPixels(place, header.codec, thrown);
    }
  }

  async #instance(codec: WasmCodecName): Promise<CornerstoneModule> {
    let compiled = this.#compiled.get(codec);
    if (compiled === undefined) {
      compiled = this.#source(codec).then((bytes) => WebAssembly.compile(bytes));
      this.#compiled.set(codec, compiled);
      compiled.catch(() => this.#compiled.delete(codec)); // asked for again with the next image
    }
    const [module, factory] = await Promise.all([compiled, loadGlue(codec)]);
    return await new Promise<CornerstoneModule>((resolve, reject) => {
      const options = {
        instantiateWasm(imports: object, receive: (instance: object) => void): object {
          WebAssembly.instantiate(module, imports).then(receive, reject);
          return {};
        },
        print: () => {},
        printErr: () => {},
      };
      factory(options).then(resolve, reject);
    });
  }
}

/** Imported when needed, so that a bundler can split them off. */
async function loadGlue(codec: WasmCodecName): Promise<CornerstoneFactory> {
  switch (codec) {
    case "jpeg":
      return (await import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs")).default;
    case "jpeg-ls":
      return (await import("@cornerstonejs/codec-charls/decodewasmjs")).default;
    case "jpeg-2000":
      return (await import("@cornerstonejs/codec-openjpeg/decodewasmjs")).default;
    case "htj2k":
      return (await import("@cornerstonejs/codec-openjph/wasmjs")).default;
    default:
      return codec satisfies never;
  }
}

function newDecoder(module: CornerstoneModule, codec: WasmCodecName): CornerstoneDecoder {
  const classes = {
    jpeg: module.JPEGDecoder,
    "jpeg-ls": module.JpegLSDecoder,
    "jpeg-2000": module.J2KDecoder,
    htj2k: module.HTJ2KDecoder,
  };
  const Decoder = classes[codec];
  if (Decoder === undefined) throw new Error(`${codec}: the codec has no decoder class`);
  return new Decoder();
}

function decodeWith(decoder: CornerstoneDecoder, codec: WasmCodecName, header: CodestreamHeader): DecodedFrame {
  decoder.getEncodedBuffer(header.bytes.length).set(header.bytes);
  decoder.decode();
  const { width, height, bitsPerSample, componentCount } = decoder.getFrameInfo();
  const samples = width * height * componentCount;
  const isWide = bitsPerSample > 8;
  // The buffer lies in WebAssembly memory, which ends with this image.
  const decoded = decoder.getDecodedBuffer().slice();
  if (width !== header.width || height !== header.height || componentCount !== header.components) {
    throw new Error("the codec found another size than the header has");
  }
  if (decoded.length < samples * (isWide ? 2 : 1)) throw new Error("the codec gave too few samples");
  return {
    samples: isWide ? new Uint16Array(decoded.buffer, 0, samples) : decoded.subarray(0, samples),
    isPlanar: codec === "jpeg-ls" && componentCount > 1 && decoder.getInterleaveMode?.() === 0,
    isRgb: codec === "jpeg" && componentCount === 3,
  };
}
