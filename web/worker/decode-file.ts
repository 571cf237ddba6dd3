// The bytes of a dropped file to a grey image with what to know about it. The decoders' WebAssembly is fetched when the
// first file of a kind needs it.
import jpegLsUrl from "@cornerstonejs/codec-charls/decodewasm?url";
import dicomJpegUrl from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url";
import jpeg2000Url from "@cornerstonejs/codec-openjpeg/decodewasm?url";
import htj2kUrl from "@cornerstonejs/codec-openjph/wasm?url";
import jpegUrl from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm?url";
import { AppError, messageOf } from "../../src/core/errors.js";
import { decodeRadiograph } from "../../src/images/decode-radiograph.js";
import { WasmCodecs } from "../../src/images/dicom/codecs/wasm-codecs.js";
import { checkFileSize, defaultImageLimits } from "../../src/images/image-limits.js";
import { createJpegCodec } from "../../src/images/jpeg-codec.js";
import type { JpegCodec } from "../../src/images/portable-gray.js";
import type { DecodedImage } from "./messages.js";

const dicomUrls = { jpeg: dicomJpegUrl, "jpeg-ls": jpegLsUrl, "jpeg-2000": jpeg2000Url, htj2k: htj2kUrl } as const;
const dicomCodecs = new WasmCodecs((codec) => fetchBytes(dicomUrls[codec]));
let jpegCodec: Promise<JpegCodec> | undefined;

/** @throws AppError as `decodeRadiograph`; FILE_UNREADABLE */
export async function decodeFile(file: File, name: string): Promise<DecodedImage> {
  const bytes = await bytesOf(file, name);
  return decodeRadiograph(bytes, { name, codecs: { jpeg: loadedJpegCodec, dicom: dicomCodecs } });
}

async function bytesOf(file: File, name: string): Promise<Uint8Array> {
  checkFileSize(file.size, name, defaultImageLimits);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (thrown) {
    const message = `${name}: cannot be read: ${messageOf(thrown)}. It may have been moved; choose it again.`;
    throw new AppError("FILE_UNREADABLE", message, { cause: thrown });
  }
}

function loadedJpegCodec(): Promise<JpegCodec> {
  jpegCodec ??= fetchBytes(jpegUrl).then(createJpegCodec);
  return jpegCodec;
}

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(new URL(url, self.location.href));
  if (!response.ok) throw new Error(`a decoder did not arrive: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
