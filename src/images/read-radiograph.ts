// Any image file that the product accepts to 8-bit grey: JPEG and PNG through decode-gray.ts, DICOM in a thread of its
// own. What a file is, its first bytes say, not its name. Node only; a page uses dicom/decode-dicom.ts directly.
import sharp from "sharp";
import { AppError } from "../core/errors.js";
import { type DecodeOptions, decodeGray, decoderVersion } from "./decode-gray.js";
import { dicomDecoderVersion } from "./dicom/decode-dicom.js";
import { DicomThreads } from "./dicom-thread/pool.js";
import type { GrayImage } from "./gray-image.js";
import { readImageFile } from "./image-file.js";
import { imageKind } from "./image-kind.js";
import { defaultImageLimits, type ImageLimits } from "./image-limits.js";
import type { ImageWarning } from "./image-warning.js";

/** Changes when decoded pixels change for the same file, by our code or by another libvips: caches hold decoded images. */
export const radiographDecoderVersion = `decoders ${decoderVersion}.${dicomDecoderVersion}, libvips ${sharp.versions.vips}`;

export interface Radiograph {
  readonly image: GrayImage;
  /** What a reader of its score should know; empty for JPEG and PNG, which say nothing of themselves. */
  readonly warnings: readonly ImageWarning[];
}

export interface ReadRadiographOptions extends DecodeOptions {
  /** Threads for DICOM; by default those that the whole process shares. */
  readonly dicomThreads?: DicomThreads;
}

let sharedThreads: DicomThreads | undefined;

/**
 * Reads a JPEG, PNG or DICOM file (a path) or its bytes.
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL;
 * DICOM_UNREADABLE, DICOM_UNSUPPORTED, DICOM_NO_IMAGE, DICOM_MULTI_FRAME, DICOM_TIMEOUT
 */
export async function readRadiograph(
  source: string | Uint8Array,
  options: ReadRadiographOptions = {},
): Promise<Radiograph> {
  const limits: ImageLimits = { ...defaultImageLimits, ...options.limits };
  const name = typeof source === "string" ? source : (options.name ?? "image");
  const bytes = typeof source === "string" ? await readImageFile(source, limits) : source;
  const kind = imageKind(bytes);
  switch (kind) {
    case "picture":
      return { image: await decodeGray(bytes, { limits, name }), warnings: [] };
    case "dicom": {
      sharedThreads ??= new DicomThreads();
      const { image, warnings } = await (options.dicomThreads ?? sharedThreads).decode({ bytes, name, limits });
      return { image, warnings };
    }
    default:
      throw new AppError("IMAGE_UNREADABLE", {
        place: name,
        rule: "must be a JPEG, PNG or DICOM image",
        received: kind.received,
        remedy: kind.remedy,
      });
  }
}
