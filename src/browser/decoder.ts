// Files and bytes to grey radiographs in a browser: JPEG, PNG and DICOM. A decoder's WebAssembly is fetched when the first
// image of its kind comes.
import { AppError, messageOf } from "../core/errors.js";
import { decodeRadiograph } from "../images/decode-radiograph.js";
import { WasmCodecs } from "../images/dicom/codecs/wasm-codecs.js";
import { checkFileSize, defaultImageLimits, limitsOf } from "../images/image-limits.js";
import { createJpegCodec } from "../images/jpeg-codec.js";
import type { JpegCodec } from "../images/portable-gray.js";
import type { DecodedImage } from "../inference/prepare-image.js";
import type { ImageBytes } from "../inference/prepared-input.js";
import { type Assets, assetMissing, fetchAsset } from "./assets.js";

const dicomAssets = {
  jpeg: "libjpegturbowasm_decode.wasm",
  "jpeg-ls": "charlswasm_decode.wasm",
  "jpeg-2000": "openjpegwasm_decode.wasm",
  htj2k: "openjphjs.wasm",
} as const;

/** A file that the user chose, or bytes with a name. */
export type ImageSource = Blob | ImageBytes;

export class Decoder {
  readonly #assets: Assets | undefined;
  readonly #dicomCodecs: WasmCodecs;
  #jpegCodec: Promise<JpegCodec> | undefined;

  constructor(assets: Assets | undefined) {
    this.#assets = assets;
    this.#dicomCodecs = new WasmCodecs((codec) => fetchAsset(assets, dicomAssets[codec]));
  }

  /** @throws AppError as `decodeRadiograph`; FILE_UNREADABLE, DOWNLOAD_FAILED */
  async decode(source: ImageSource, maxPixels?: number): Promise<DecodedImage> {
    const name = nameOfSource(source);
    const codecs = { jpeg: () => this.#jpeg(), dicom: this.#dicomCodecs };
    return decodeRadiograph(await bytesOf(source, name), { name, codecs, limits: limitsOf(maxPixels) });
  }

  #jpeg(): Promise<JpegCodec> {
    this.#jpegCodec ??= fetchAsset(this.#assets, "mozjpeg_dec.wasm")
      .then(createJpegCodec)
      .catch((thrown: unknown) => {
        this.#jpegCodec = undefined; // asked for again with the next image
        throw thrown instanceof AppError ? thrown : assetMissing("mozjpeg_dec.wasm", thrown);
      });
    return this.#jpegCodec;
  }
}

/** By where their assets lie, so that codecs are compiled once; the key of those that lie beside this library is `Decoder`. */
const decoders = new WeakMap<object, Decoder>();

export function decoderWith(assets: Assets | undefined): Decoder {
  const key = assets ?? Decoder;
  const decoder = decoders.get(key) ?? new Decoder(assets);
  decoders.set(key, decoder);
  return decoder;
}

/** As results bear it. */
export const nameOfSource = (source: ImageSource): string =>
  "name" in source && typeof source.name === "string" ? source.name : "image";

async function bytesOf(source: ImageSource, name: string): Promise<Uint8Array> {
  if (!(source instanceof Blob)) {
    checkFileSize(source.bytes.length, name, defaultImageLimits);
    return source.bytes;
  }
  checkFileSize(source.size, name, defaultImageLimits);
  try {
    return new Uint8Array(await source.arrayBuffer());
  } catch (thrown) {
    const facts = {
      place: name,
      rule: `cannot be read: ${messageOf(thrown)}`,
      remedy: "It may have been moved; choose it again",
    };
    throw new AppError("FILE_UNREADABLE", facts, { cause: thrown });
  }
}
