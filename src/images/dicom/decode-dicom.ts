// A DICOM radiograph (CR, DX, secondary capture) to the 8-bit grey picture that a viewer shows, with warnings. The same
// code in Node and in a browser: no node: imports, codecs as JavaScript and WebAssembly from `wasm`. In Node, use
// read-radiograph.ts, which runs it in a thread with a time limit; a page should run it in a worker of its own.
import { AppError } from "../../core/errors.js";
import type { GrayImage } from "../gray-image.js";
import { defaultImageLimits, type ImageLimits } from "../image-limits.js";
import type { ImageWarning } from "../image-warning.js";
import { ageInYears } from "./age-in-years.js";
import type { Attributes } from "./attributes.js";
import type { WasmCodecs } from "./codecs/wasm-codecs.js";
import { parseDicomFile } from "./dicom-file.js";
import { type HeaderWarning, type HeaderWarningCode, headerWarnings, warningsOf } from "./header-warnings.js";
import { type PixelFormat, readPixelFormat } from "./pixel-format.js";
import { renderColour, renderPalette } from "./render-colour.js";
import { type Rendering, renderMonochrome } from "./render-monochrome.js";
import { readStoredPixels } from "./stored-pixels.js";

export interface DicomOptions {
  readonly codecs: WasmCodecs;
  /** What errors call the file. */
  readonly name: string;
  /** Bounds to use in place of the defaults. */
  readonly limits?: Partial<ImageLimits>;
  /** Which warnings a header may give; default the table's. */
  readonly headerWarnings?: Readonly<Record<HeaderWarningCode, HeaderWarning>>;
}

export interface DicomImage {
  readonly image: GrayImage;
  readonly warnings: readonly ImageWarning[];
  /** The patient's, in years; undefined where the header does not say it. */
  readonly ageYears: number | undefined;
  /** What was done to the grey values; undefined for colour. */
  readonly rendering: Rendering | undefined;
}

/**
 * Decodes the bytes of a DICOM file.
 * @throws AppError DICOM_UNREADABLE, DICOM_UNSUPPORTED, DICOM_NO_IMAGE, DICOM_MULTI_FRAME, IMAGE_TRUNCATED,
 * IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_TOO_COSTLY; none of them holds data of the patient
 */
export async function decodeDicom(bytes: Uint8Array, options: DicomOptions): Promise<DicomImage> {
  const limits: ImageLimits = { ...defaultImageLimits, ...options.limits };
  const place = options.name;
  const file = parseDicomFile(bytes, place, limits);
  const { attributes, pixelData } = file;
  if (pixelData === undefined) throw withoutPixels(attributes, place);
  const format = readPixelFormat(attributes, place, limits);
  const stored = await readStoredPixels(file, pixelData, format, options.codecs, place, limits);
  const picture = (data: Uint8Array): GrayImage => ({ width: format.columns, height: format.rows, data });
  const warnings = [
    ...file.warnings,
    ...stored.warnings,
    ...warningsOf(attributes, options.headerWarnings ?? headerWarnings),
  ];
  const ageYears = ageInYears(attributes);
  if (isMonochrome(format)) {
    const rendered = renderMonochrome(stored, format, attributes);
    return {
      image: picture(rendered.data),
      warnings: [...warnings, ...rendered.warnings],
      ageYears,
      rendering: rendered.rendering,
    };
  }
  const isPalette = format.photometric === "PALETTE COLOR";
  const data = isPalette ? renderPalette(stored, attributes, place) : renderColour(stored, format);
  return { image: picture(data), warnings, ageYears, rendering: undefined };
}

function withoutPixels(attributes: Attributes, place: string): AppError {
  if (attributes.has("FloatPixelData") || attributes.has("DoubleFloatPixelData")) {
    return new AppError("DICOM_UNSUPPORTED", {
      place,
      rule: "pixels must be whole numbers, as radiographs' are",
      received: "numbers in floating point, as computed maps have them",
      remedy: "Name the radiograph's own file",
    });
  }
  return new AppError("DICOM_NO_IMAGE", {
    place,
    rule: "must hold an image",
    received: "a DICOM file without pixel data, such as a report, or one that is cut short",
    remedy: "Name the image's file",
  });
}

const isMonochrome = ({ photometric }: PixelFormat): boolean => photometric.startsWith("MONOCHROME");
