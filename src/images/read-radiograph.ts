// Any image file that the product accepts to 8-bit grey: JPEG and PNG through decode-gray.ts, DICOM in a thread, other formats with the decoder of their row. What a file is, its first bytes say, not its name. Node only; a page
// uses decode-radiograph.ts.
import sharp from "sharp";
import { type DecodeOptions, decodeGray } from "./decode-gray.js";
import { sharedThreads } from "./decode-thread/shared-threads.js";
import { type ImageFormat, imageFormats } from "./formats.js";
import { readImageFile } from "./image-file.js";
import { formatOf } from "./image-kind.js";
import { checkFileSize, type ImageLimits, radiographLimits } from "./image-limits.js";
import { nodeCodecs } from "./node-codecs.js";
import type { Radiograph } from "./radiograph.js";

const versions = imageFormats.map(({ name, version }) => `${name} ${version}`);
/** Changes when decoded pixels change for the same file, by our code or by another libvips: caches hold decoded images. */
export const radiographDecoderVersion = `decoders ${versions.join(", ")}, libvips ${sharp.versions.vips}`;

export interface ReadRadiographOptions extends DecodeOptions {
  /** Which formats there are; default the table's. */
  readonly formats?: readonly ImageFormat[];
}

/**
 * Reads a JPEG, PNG or DICOM file (a path) or its bytes.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL,
 * IMAGE_TOO_COSTLY; DICOM_UNREADABLE, DICOM_UNSUPPORTED, DICOM_NO_IMAGE, DICOM_MULTI_FRAME, DICOM_TIMEOUT
 */
export async function readRadiograph(
  source: string | Uint8Array,
  options: ReadRadiographOptions = {},
): Promise<Radiograph> {
  const limits: ImageLimits = { ...radiographLimits, ...options.limits };
  const name = typeof source === "string" ? source : (options.name ?? "image");
  const bytes = typeof source === "string" ? await readImageFile(source, limits) : source;
  const format = formatOf(bytes, name, options.formats);
  const threads = options.threads ?? sharedThreads();
  switch (format.name) {
    case "jpeg":
    case "png":
      return { image: await decodeGray(bytes, { ...options, limits, name, threads }), warnings: [] };
    case "dicom":
      return await threads.decode({ format: "dicom", bytes, name, limits }, options.signal);
    default:
      checkFileSize(bytes.length, name, limits);
      return await format.decode(bytes, { limits, name, codecs: nodeCodecs });
  }
}
