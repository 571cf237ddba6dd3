// Secondary captures in colour to 8-bit grey: by the luma of ITU-R BT.601 of the RGB that a viewer shows, however the
// colour is stored.
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
  const isYbr = format.photometric.startsWith("YBR_FULL") && !stored.isRgb;
  const [step, next] = stored.isPlanar ? [1, pixels] : [3, 1];
  for (let i = 0; i < pixels; i++) {
    // Subsampled ones lie as Y Y Cb Cr for two pixels.
    const pair = 4 * (i >> 1);
    const first = stored.isSubsampled ? pair + (i & 1) : i * step;
    const second = stored.isSubsampled ? pair + 2 : first + next;
    const a = toByte(values[first] as number);
    const b = toByte(values[second] as number);
    const c = toByte(values[stored.isSubsampled ? second + 1 : second + next] as number);
    result[i] = isYbr ? lumaOfYbr(a, b, c) : luma(a, b, c);
  }
  return result;
}

/** Indices into a palette to [rows, columns], 0..255. @throws AppError DICOM_UNREADABLE, DICOM_UNSUPPORTED */
export function renderPalette(stored: StoredPixels, attributes: Attributes, place: string): Uint8Array {
  const tables = (["Red", "Green", "Blue"] as const).map((colour) => readPalette(attributes, colour));
  const [red, green, blue] = tables;
  if (red === undefined || green === undefined || blue === undefined) {
    const isSegmented = attributes.has("SegmentedRedPaletteColorLookupTableData");
    throw new AppError(isSegmented ? "DICOM_UNSUPPORTED" : "DICOM_UNREADABLE", {
      place,
      rule: "a palette image must bring its palette, entry by entry",
      received: `one that is ${isSegmented ? "in segments" : "missing or cut short"}`,
      remedy: "Export it as a grey image",
    });
  }
  const byte = (table: typeof red, index: number) => lookUp(table, index) >> (table.bits - 8);
  const result = new Uint8Array(stored.values.length);
  for (let i = 0; i < result.length; i++) {
    const index = stored.values[i] as number;
    result[i] = luma(byte(red, index), byte(green, index), byte(blue, index));
  }
  return result;
}

/** Through RGB (PS3.3 C.7.6.3.1.2), for where that has to be clamped, its luma is no longer Y. */
function lumaOfYbr(y: number, cb: number, cr: number): number {
  const clamp = (value: number): number => Math.max(0, Math.min(255, Math.floor(value + 0.5)));
  const [blueness, redness] = [cb - 128, cr - 128];
  const green = y - ((0.114 * 1.772) / 0.587) * blueness - ((0.299 * 1.402) / 0.587) * redness;
  return luma(clamp(y + 1.402 * redness), clamp(green), clamp(y + 1.772 * blueness));
}

function byteScale(bits: number): (sample: number) => number {
  if (bits > 8) return (sample) => sample >> (bits - 8);
  return bits === 8 ? (sample) => sample : (sample) => Math.round((255 * sample) / (2 ** bits - 1));
}

const luma = (red: number, green: number, blue: number): number =>
  (4899 * red + 9617 * green + 1868 * blue + 8192) >> 14;
