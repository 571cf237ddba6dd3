// Secondary captures in colour to 8-bit grey, by the luma of ITU-R BT.601 as for JPEG files (decode-gray.ts): of YBR it
// is the first component already.
import { AppError } from "../../core/errors.js";
import type { Attributes } from "./attributes.js";
import { lookUp, readPalette } from "./lookup-table.js";
import type { PixelFormat } from "./pixel-format.js";
import type { StoredPixels } from "./stored-pixels.js";

/** RGB or YBR pixels to [rows, columns], 0..255. */
export function renderColour(stored: StoredPixels, format: PixelFormat): Uint8Array {
  const { values } = stored;
  const pixels = format.rows * format.columns;
  const result = new Uint8Array(pixels);
  const toByte = byteScale(format.bitsStored);
  const isLumaFirst = format.photometric.startsWith("YBR_FULL") && !stored.isRgb;
  if (isLumaFirst) {
    for (let i = 0; i < pixels; i++) result[i] = toByte(values[lumaIndex(i, stored)] as number);
    return result;
  }
  const [step, next] = stored.isPlanar ? [1, pixels] : [3, 1];
  for (let i = 0, at = 0; i < pixels; i++, at += step) {
    const red = toByte(values[at] as number);
    const green = toByte(values[at + next] as number);
    const blue = toByte(values[at + 2 * next] as number);
    result[i] = luma(red, green, blue);
  }
  return result;
}

/** Indices into a palette to [rows, columns], 0..255. @throws AppError DICOM_UNREADABLE */
export function renderPalette(stored: StoredPixels, attributes: Attributes, place: string): Uint8Array {
  const tables = (["Red", "Green", "Blue"] as const).map((colour) => readPalette(attributes, colour));
  const [red, green, blue] = tables;
  if (red === undefined || green === undefined || blue === undefined) {
    throw new AppError(
      "DICOM_UNREADABLE",
      `${place}: a palette image must bring its palette. Received one that is missing, cut short or segmented. Export it as a grey image.`,
    );
  }
  const byte = (table: typeof red, index: number) => lookUp(table, index) >> (table.bits - 8);
  const result = new Uint8Array(stored.values.length);
  for (let i = 0; i < result.length; i++) {
    const index = stored.values[i] as number;
    result[i] = luma(byte(red, index), byte(green, index), byte(blue, index));
  }
  return result;
}

/** Subsampled pixels lie as Y Y Cb Cr. */
function lumaIndex(pixel: number, { isPlanar, isSubsampled }: StoredPixels): number {
  if (isSubsampled) return 4 * (pixel >> 1) + (pixel & 1);
  return isPlanar ? pixel : 3 * pixel;
}

function byteScale(bits: number): (sample: number) => number {
  if (bits > 8) return (sample) => sample >> (bits - 8);
  return bits === 8 ? (sample) => sample : (sample) => Math.round((255 * sample) / (2 ** bits - 1));
}

const luma = (red: number, green: number, blue: number): number =>
  (4899 * red + 9617 * green + 1868 * blue + 8192) >> 14;
