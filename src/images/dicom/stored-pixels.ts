// From pixel data to the stored values of the image: raw or through the codec that the bytes themselves ask for. What
// they mean as grey or colour is not decided here.
import { AppError } from "../../core/errors.js";
import { checkScans } from "../decode-cost.js";
import { defaultImageLimits, type ImageLimits } from "../image-limits.js";
import type { ImageWarning } from "../image-warning.js";
import type { DecodedFrame } from "./codecs/decoded-frame.js";
import { declareRgb, type JpegColour, statedColour } from "./codecs/jpeg-colour.js";
import { decodeJpegExtended } from "./codecs/jpeg-extended.js";
import { decodeJpegLossless } from "./codecs/jpeg-lossless.js";
import { decodeRle } from "./codecs/rle.js";
import type { WasmCodecs } from "./codecs/wasm-codecs.js";
import { type CodecName, type CodestreamHeader, readCodestreamHeader } from "./codestream-header.js";
import type { DicomFile, PixelData } from "./dicom-file.js";
import { joinFragments } from "./fragments.js";
import type { PixelFormat } from "./pixel-format.js";
import { clampSamples, maskSamples } from "./stored-bits.js";
import type { PixelEncoding } from "./transfer-syntax.js";

export interface StoredPixels {
  /** [rows, columns, samples] or, planar, [samples, rows, columns]. YBR_FULL_422: Y Y Cb Cr for two pixels. */
  readonly values: Uint8Array | Uint16Array | Int16Array;
  readonly isPlanar: boolean;
  /** Whether luma and chroma became RGB on the way. */
  readonly isRgb: boolean;
  readonly isSubsampled: boolean;
  readonly warnings: readonly ImageWarning[];
}

/**
 * Radiographs are compressed to a twentieth, seldom to a hundredth of their size. What claims a thousand times that would take
 * a codec's time and a gigabyte of memory for a file of a few hundred bytes.
 */
const maxPixelsPerByte = 10_000;

/** @throws AppError DICOM_UNREADABLE, DICOM_UNSUPPORTED, IMAGE_TRUNCATED, IMAGE_TOO_COSTLY */
export async function readStoredPixels(
  file: DicomFile,
  pixelData: PixelData,
  format: PixelFormat,
  codecs: WasmCodecs,
  place: string,
  limits: ImageLimits = defaultImageLimits,
): Promise<StoredPixels> {
  if (pixelData.length === undefined) return await readCompressed(file, pixelData.start, format, codecs, place, limits);
  const isSubsampled = format.photometric === "YBR_FULL_422";
  const samples = format.rows * format.columns * (isSubsampled ? 2 : format.samplesPerPixel);
  const bytes = rawBytes(file.bytes, pixelData.start, pixelData.length, samples * (format.bitsAllocated / 8), place);
  const cells = rawSamples(bytes, format, file.syntax.isBigEndian, pixelData.vr).subarray(0, samples);
  const isPlanar = format.isPlanar && format.samplesPerPixel === 3 && !isSubsampled;
  const warnings =
    file.syntax.encoding === "raw" ? [] : [mismatch("The file says that its pixels are compressed; they are not.")];
  return { values: maskSamples(cells, format), isPlanar, isRgb: false, isSubsampled, warnings };
}

function rawBytes(bytes: Uint8Array, start: number, declared: number, needed: number, place: string): Uint8Array {
  const there = Math.min(declared, bytes.length - start);
  // With the byte that makes the number even, which is a sample where words are stored the other way round.
  if (there >= needed) return bytes.subarray(start, start + needed + (needed % 2));
  throw new AppError("IMAGE_TRUNCATED", {
    place,
    rule: `the image needs ${needed} bytes of pixels`,
    received: `${Math.max(0, there)}: the file is cut short or its size is wrong`,
    remedy: "Copy or export it again",
  });
}

function rawSamples(
  bytes: Uint8Array,
  { bitsAllocated }: PixelFormat,
  isBigEndian: boolean,
  vr: string | undefined,
): Uint8Array | Uint16Array {
  if (bitsAllocated === 8) {
    // Bytes that are stored as big-endian words (OW) lie in pairs the other way round (PS3.5 8.1.1).
    if (!isBigEndian || vr !== "OW") return bytes;
    return Uint8Array.from(bytes, (byte, i) => bytes[i ^ 1] ?? byte);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const samples = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getUint16(2 * i, !isBigEndian);
  return samples;
}

async function readCompressed(
  file: DicomFile,
  start: number,
  format: PixelFormat,
  codecs: WasmCodecs,
  place: string,
  limits: ImageLimits,
): Promise<StoredPixels> {
  const bytes = joinFragments(file.bytes, start, place);
  const declared = file.syntax.encoding;
  if (declared === "rle") {
    const { rows, columns, samplesPerPixel, bitsAllocated } = format;
    const bytesPerSample = bitsAllocated === 16 ? 2 : 1;
    const frame = decodeRle(bytes, { pixels: rows * columns, samplesPerPixel, bytesPerSample }, place);
    return storedFrame(frame, maskSamples(frame.samples, format), []);
  }
  const header = readCodestreamHeader(bytes);
  if (header === undefined) {
    throw new AppError("DICOM_UNSUPPORTED", {
      place,
      rule: "compressed pixels must be JPEG, JPEG-LS, JPEG 2000 or HTJ2K with every sample stored",
      received: "another process, or damaged ones",
      remedy: "Export the file uncompressed",
    });
  }
  checkHeader(header, format, place);
  if (header.bytes.length * maxPixelsPerByte < header.width * header.height) {
    throw new AppError("DICOM_UNREADABLE", {
      place,
      rule: `compressed pixels need a byte for ${maxPixelsPerByte} pixels at least`,
      received: `${header.bytes.length} bytes for ${header.width}x${header.height} pixels: they are damaged or cut short`,
      remedy: "Copy or export the file again",
    });
  }
  if (!hasEnd(header.bytes)) {
    throw new AppError("IMAGE_TRUNCATED", {
      place,
      rule: "the compressed pixels must end with their end mark",
      received: "some without: the file is cut short",
      remedy: "Copy or export it again",
    });
  }
  if (header.codec === "jpeg") checkScans(header, place, limits);
  const warnings: ImageWarning[] = [];
  if (encodingOf(header.codec) !== declared) {
    warnings.push(mismatch(`The pixels are compressed otherwise than the file says, as ${header.codec}.`));
  }
  const frame = await decode(header, format, codecs, place, warnings);
  const isLossy = file.syntax.isLossy || header.codec === "jpeg" || header.codec === "jpeg-extended";
  const values = isLossy ? clampSamples(frame.samples, format, header.bits) : maskSamples(frame.samples, format);
  return storedFrame(frame, values, warnings);
}

function storedFrame(
  { isPlanar, isRgb }: DecodedFrame,
  values: StoredPixels["values"],
  warnings: readonly ImageWarning[],
): StoredPixels {
  return { values, isPlanar, isRgb, isSubsampled: false, warnings };
}

async function decode(
  header: CodestreamHeader,
  format: PixelFormat,
  codecs: WasmCodecs,
  place: string,
  warnings: ImageWarning[],
): Promise<DecodedFrame> {
  switch (header.codec) {
    case "jpeg-extended":
      return decodeJpegExtended(header, place);
    case "jpeg-lossless":
      return decodeJpegLossless(header, place);
    case "jpeg": {
      const isRgb = header.components === 3 && colourOf(header, format, warnings) === "rgb";
      const bytes = isRgb ? declareRgb(header.bytes) : header.bytes;
      return await codecs.decode(header.codec, { ...header, bytes }, place);
    }
    default:
      return await codecs.decode(header.codec, header, place);
  }
}

function colourOf({ bytes }: CodestreamHeader, { photometric }: PixelFormat, warnings: ImageWarning[]): JpegColour {
  const label = photometric === "RGB" ? "rgb" : "ybr";
  const stated = statedColour(bytes) ?? label;
  if (stated !== label) {
    const [is, says] = stated === "ybr" ? ["luma and chroma", "RGB"] : ["RGB", "luma and chroma"];
    warnings.push(mismatch(`The colour inside the JPEG is ${is}, as its own header has it; the file says ${says}.`));
  }
  return stated;
}

const encodingOf = (codec: CodecName): PixelEncoding => (codec === "jpeg-extended" ? "jpeg" : codec);

function checkHeader(header: CodestreamHeader, format: PixelFormat, place: string): void {
  const { rows, columns, samplesPerPixel, bitsAllocated } = format;
  const { width, height, components, bits } = header;
  if (width === columns && height === rows && components === samplesPerPixel && bits <= bitsAllocated) return;
  throw new AppError("DICOM_UNREADABLE", {
    place,
    rule: `the compressed image must be ${columns}x${rows} with ${samplesPerPixel} sample(s) of ${bitsAllocated} bits at most, as the file says`,
    received: `${width}x${height} with ${components} of ${bits} bits`,
    remedy: "Export it again",
  });
}

/**
 * Whether FFD9, the end mark of all these codestreams (none has it inside), is there; some padding may come after it.
 * Without this check some codecs would fill up what is missing with grey.
 */
function hasEnd(bytes: Uint8Array): boolean {
  const first = Math.max(0, bytes.length - 1024);
  for (let at = bytes.length - 2; at >= first; at--) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  return false;
}

function mismatch(message: string): ImageWarning {
  return { code: "ENCODING_MISMATCH", message };
}
