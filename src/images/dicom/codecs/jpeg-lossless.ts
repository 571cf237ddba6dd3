// JPEG lossless (process 14, any predictor) by jpeg-lossless-decoder-js.
import { Decoder } from "@cornerstonejs/jpeg-lossless-decoder-js";
import type { CodestreamHeader } from "../codestream-header.js";
import { brokenPixels, type DecodedFrame } from "./decoded-frame.js";

/** @throws AppError DICOM_UNREADABLE */
export function decodeJpegLossless(header: CodestreamHeader, place: string): DecodedFrame {
  const { bytes, width, height, components, bits } = header;
  const bytesPerSample = bits > 8 ? 2 : 1;
  const decoder = new Decoder();
  const samples = decode(decoder, bytes, bytesPerSample, place);
  // Where the data end early the decoder stops in the middle and leaves the rest black.
  const isWhole = samples.length >= width * height * components && decoder.yLoc >= height;
  if (!isWhole) throw brokenPixels(place, header.codec);
  return { samples, isPlanar: false, isRgb: false };
}

function decode(decoder: Decoder, bytes: Uint8Array, bytesPerSample: number, place: string): Uint8Array | Uint16Array {
  try {
    const own = bytes.slice();
    return decoder.decode(own.buffer, 0, own.length, bytesPerSample);
  } catch (thrown) {
    throw brokenPixels(place, "jpeg-lossless", thrown);
  }
}
