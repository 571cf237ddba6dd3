// The bytes of a dropped file to a grey image with what to know about it: JPEG and PNG here, DICOM once its reader is there.
import jpegUrl from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm?url";
import pngUrl from "@jsquash/png/codec/pkg/squoosh_png_bg.wasm?url";
import { AppError, messageOf } from "../../src/core/errors.js";
import { defaultImageLimits } from "../../src/images/image-limits.js";
import { decodeGrayPortable, type RasterCodecs } from "../../src/images/portable-gray.js";
import { createRasterCodecs } from "../../src/images/raster-codecs.js";
import type { DecodedImage } from "./messages.js";

let codecs: Promise<RasterCodecs> | undefined;

/** @throws AppError as `decodeGrayPortable`; FILE_UNREADABLE */
export async function decodeFile(file: File, name: string): Promise<DecodedImage> {
  if (file.size > defaultImageLimits.maxBytes) {
    const message = `${name}: an image file may have ${defaultImageLimits.maxBytes} bytes at most. Received ${file.size}. Store it smaller.`;
    throw new AppError("IMAGE_TOO_LARGE", message);
  }
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch (thrown) {
    const message = `${name}: cannot be read: ${messageOf(thrown)}. It may have been moved; choose it again.`;
    throw new AppError("FILE_UNREADABLE", message, { cause: thrown });
  }
  codecs ??= loadCodecs();
  return { image: await decodeGrayPortable(bytes, { codecs: await codecs, name }), cautions: [] };
}

async function loadCodecs(): Promise<RasterCodecs> {
  const load = async (url: string) =>
    new Uint8Array(await (await fetch(new URL(url, self.location.href))).arrayBuffer());
  const [jpeg, png] = await Promise.all([load(jpegUrl), load(pngUrl)]);
  return createRasterCodecs({ jpeg, png });
}
