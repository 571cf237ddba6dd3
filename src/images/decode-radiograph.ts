// The bytes of any image that the product accepts to 8-bit grey, where there is no Node: with the formats' own decoders.
// In Node, read-radiograph.ts is faster, and decodes DICOM in bounded time.
import { type ImageCodecs, type ImageFormat, imageFormats } from "./formats.js";
import { formatOf } from "./image-kind.js";
import { checkFileSize, type ImageLimits, radiographLimits } from "./image-limits.js";
import type { Radiograph } from "./radiograph.js";

export interface DecodeRadiographOptions {
  /** What errors call the image. */
  readonly name: string;
  readonly codecs: ImageCodecs;
  /** Bounds to use in place of the defaults. */
  readonly limits?: Partial<ImageLimits>;
  /** Which formats there are; default the table's. */
  readonly formats?: readonly ImageFormat[];
}

/** @throws AppError IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TOO_COSTLY; DICOM_…; whatever the codecs throw */
export async function decodeRadiograph(bytes: Uint8Array, options: DecodeRadiographOptions): Promise<Radiograph> {
  const { name, codecs, formats = imageFormats } = options;
  const limits: ImageLimits = { ...radiographLimits, ...options.limits };
  checkFileSize(bytes.length, name, limits);
  return formatOf(bytes, name, formats).decode(bytes, { name, limits, codecs });
}
