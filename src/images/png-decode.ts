// The grey pixels of a PNG, for where there is no libpng, and libpng's verdict on damaged data: rows that are missing, a wrong
// checksum and an unknown filter are refused; bytes after the last row are not looked at.
import { inflateExact } from "./inflate-exact.js";
import { damaged } from "./picture-errors.js";
import type { PngFile } from "./png-file.js";
import { grayWriter } from "./png-gray.js";

interface Pass {
  readonly x0: number;
  readonly y0: number;
  readonly dx: number;
  readonly dy: number;
}

/** Adam7 (PNG specification, 8.1). */
const adam7: readonly Pass[] = [
  { x0: 0, y0: 0, dx: 8, dy: 8 },
  { x0: 4, y0: 0, dx: 8, dy: 8 },
  { x0: 0, y0: 4, dx: 4, dy: 8 },
  { x0: 2, y0: 0, dx: 4, dy: 4 },
  { x0: 0, y0: 2, dx: 2, dy: 4 },
  { x0: 1, y0: 0, dx: 2, dy: 2 },
  { x0: 0, y0: 1, dx: 1, dy: 2 },
];
const whole: readonly Pass[] = [{ x0: 0, y0: 0, dx: 1, dy: 1 }];

/** Each pass with its size; those without a pixel are left out. */
function passesOf({ width, height, isInterlaced }: PngFile) {
  const passes = (isInterlaced ? adam7 : whole).map((pass) => ({
    ...pass,
    columns: Math.ceil((width - pass.x0) / pass.dx),
    rows: Math.ceil((height - pass.y0) / pass.dy),
  }));
  return passes.filter(({ columns, rows }) => columns > 0 && rows > 0);
}

const storedChannels = ({ colourType }: PngFile) => ({ 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 })[colourType] as number;
const rowBytes = (file: PngFile, columns: number) => Math.ceil((columns * storedChannels(file) * file.bitDepth) / 8);

/** Bytes of the inflated data: every row with its filter. */
export const pngDataSize = (file: PngFile): number =>
  passesOf(file).reduce((sum, { columns, rows }) => sum + rows * (1 + rowBytes(file, columns)), 0);

/**
 * [height, width], 8-bit grey, not turned. A palette's colours are looked up, grey of fewer bits is spread to 8. Samples are
 * held of one row at a time: those of a whole image in 16-bit colour would be eight times as large as its grey.
 * @throws AppError IMAGE_UNREADABLE
 */
export function decodePng(file: PngFile, name: string): Uint8Array<ArrayBuffer> {
  const { width, height, bitDepth, colourType } = file;
  const channels = colourType === 3 ? 3 : storedChannels(file);
  const pixelBytes = Math.max(1, (storedChannels(file) * bitDepth) >> 3);
  const filtered = inflateExact(file.data, pngDataSize(file));
  if (filtered === undefined) throw damaged(name, "rows are missing, or their checksum is wrong");
  const result = new Uint8Array(width * height);
  const samples = bitDepth === 16 ? new Uint16Array(width * channels) : new Uint8Array(width * channels);
  const [spread, weigh] = [spreadOf(file, channels), grayWriter(file, channels, bitDepth)];
  let at = 0;
  for (const { columns, rows, x0, y0, dx, dy } of passesOf(file)) {
    const length = rowBytes(file, columns);
    let above: Uint8Array = new Uint8Array(length);
    for (let row = 0; row < rows; row++, at += 1 + length) {
      const line = filtered.subarray(at + 1, at + 1 + length);
      if (!unfilter(filtered[at] as number, line, above, pixelBytes)) {
        throw damaged(name, "a row is filtered in no known way");
      }
      above = line;
      spread(line, samples, columns);
      weigh(samples, columns, result, (y0 + row * dy) * width + x0, dx);
    }
  }
  return result;
}

/** Undoes a row's filter in place (PNG specification, 9.2). False for a filter that there is not. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, pixelBytes: number): boolean {
  switch (filter) {
    case 0:
      return true;
    case 1:
      for (let i = pixelBytes; i < line.length; i++) line[i] = (line[i] as number) + (line[i - pixelBytes] as number);
      return true;
    case 2:
      for (let i = 0; i < line.length; i++) line[i] = (line[i] as number) + (above[i] as number);
      return true;
    case 3:
      for (let i = 0; i < line.length; i++) {
        const left = i < pixelBytes ? 0 : (line[i - pixelBytes] as number);
        line[i] = (line[i] as number) + ((left + (above[i] as number)) >> 1);
      }
      return true;
    case 4:
      for (let i = 0; i < line.length; i++) {
        const left = i < pixelBytes ? 0 : (line[i - pixelBytes] as number);
        const corner = i < pixelBytes ? 0 : (above[i - pixelBytes] as number);
        line[i] = (line[i] as number) + paeth(left, above[i] as number, corner);
      }
      return true;
    default:
      return false;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** A row's bytes -> its samples, [columns, channels]. */
type Spread = (line: Uint8Array, into: Uint8Array | Uint16Array, columns: number) => void;

function spreadOf({ bitDepth, colourType, palette }: PngFile, channels: number): Spread {
  if (bitDepth < 8 || colourType === 3) {
    const mask = (1 << bitDepth) - 1;
    const valueAt = (line: Uint8Array, x: number) => {
      const bit = x * bitDepth;
      return ((line[bit >> 3] as number) >> (8 - bitDepth - (bit & 7))) & mask;
    };
    return (line, into, columns) => {
      for (let x = 0, at = 0; x < columns; x++, at += channels) {
        const value = valueAt(line, x);
        if (palette === undefined) into[at] = (value * 255) / mask;
        else for (let c = 0; c < 3; c++) into[at + c] = palette[3 * value + c] ?? 0; // beyond the palette: black
      }
    };
  }
  if (bitDepth === 8) return (line, into) => into.set(line);
  return (line, into, columns) => {
    for (let i = 0, from = 0; i < columns * channels; i++, from += 2) {
      into[i] = ((line[from] as number) << 8) | (line[from + 1] as number);
    }
  };
}
