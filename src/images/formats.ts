// The image formats that are read, one row each: how a file is known by its first bytes and its name, and what decodes it.
// For Node and browsers; decoders load when the first image of their kind comes. read-radiograph.ts has faster ones for Node.
import { anyOf } from "../core/any-of.js";
import type { WasmCodecs } from "./dicom/codecs/wasm-codecs.js";
import { isDicom } from "./dicom/part-10.js";
import type { ImageLimits } from "./image-limits.js";
import type { JpegCodec } from "./portable-gray.js";
import type { Radiograph } from "./radiograph.js";
import { rasterFormat } from "./raster-header.js";

/** Decoders in WebAssembly, whose bytes Node reads from disk and a browser fetches. */
export interface ImageCodecs {
  readonly jpeg: () => Promise<JpegCodec>;
  readonly dicom: WasmCodecs;
}

export interface FormatDecodeOptions {
  /** What errors call the image. */
  readonly name: string;
  readonly limits: ImageLimits;
  readonly codecs: ImageCodecs;
}

/** A text that tells files which often have no extension, and where it stands. */
export interface FormatMark {
  readonly text: string;
  readonly at: number;
}

export interface ImageFormat {
  readonly name: string;
  /** For messages: "JPEG". */
  readonly title: string;
  /** Lower case; the first ones are those that messages name. */
  readonly extensions: readonly [string, ...string[]];
  readonly mediaType: string;
  readonly mark?: FormatMark;
  /** Raise it when decoded pixels change for the same file: caches of decoded images carry it in their key. */
  readonly version: number;
  readonly matches: (bytes: Uint8Array) => boolean;
  /** @throws AppError IMAGE_…, and as the format's decoder */
  readonly decode: (bytes: Uint8Array, options: FormatDecodeOptions) => Promise<Radiograph>;
}

export const imageFormats: readonly ImageFormat[] = [
  {
    name: "jpeg",
    title: "JPEG",
    extensions: [".jpeg", ".jpg"],
    mediaType: "image/jpeg",
    version: 3,
    matches: (bytes) => rasterFormat(bytes) === "jpeg",
    decode: decodePicture,
  },
  {
    name: "png",
    title: "PNG",
    extensions: [".png"],
    mediaType: "image/png",
    version: 2,
    matches: (bytes) => rasterFormat(bytes) === "png",
    decode: decodePicture,
  },
  {
    name: "dicom",
    title: "DICOM",
    extensions: [".dcm", ".dicom"],
    mediaType: "application/dicom",
    mark: { text: "DICM", at: 128 },
    version: 2,
    matches: isDicom,
    async decode(bytes, { name, limits, codecs }) {
      const { decodeDicom } = await import("./dicom/decode-dicom.js");
      const { image, warnings, ageYears } = await decodeDicom(bytes, { name, limits, codecs: codecs.dicom });
      return ageYears === undefined ? { image, warnings } : { image, warnings, ageYears };
    },
  },
];

async function decodePicture(bytes: Uint8Array, { name, limits, codecs }: FormatDecodeOptions): Promise<Radiograph> {
  const { decodeGrayPortable } = await import("./portable-gray.js");
  return { image: await decodeGrayPortable(bytes, { name, limits, jpegCodec: codecs.jpeg }), warnings: [] };
}

/** "JPEG, PNG or DICOM". */
export const formatTitles = (formats = imageFormats): string => anyOf(formats.map(({ title }) => title));

/** What a client may declare its image to be; what it is, the bytes say. */
export const imageMediaTypes = (formats = imageFormats): readonly string[] => [
  ...formats.map(({ mediaType }) => mediaType),
  "application/octet-stream",
];
