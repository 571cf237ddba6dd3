// Files that are valid, or nearly, and made to cost a decoder time or memory; and the costliest of each kind that the limits
// let pass, beside which nothing that is read takes longer.
import { randomFillSync } from "node:crypto";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import {
  blankJpeg,
  manyScansJpeg,
  type PngHeader,
  pngChunk,
  pngFile,
  withComments,
  zeroRows,
} from "../../test/support/hostile-pictures.js";

export interface Attack {
  readonly name: string;
  readonly make: () => Uint8Array | Promise<Uint8Array>;
}

const zeros = (header: PngHeader) => pngFile(header, [pngChunk("IDAT", zeroRows(header))]);
const square = (side: number, bitDepth: number, colourType: number) => ({
  width: side,
  height: side,
  bitDepth,
  colourType,
});
const tinyPng = square(64, 8, 0);
const tinyData = pngChunk("IDAT", zeroRows(tinyPng));

/** Noise is what compresses least: the most bytes that a picture of its size can have. */
function noise(side: number, channels: 1 | 3) {
  const pixels = randomFillSync(Buffer.alloc(side * side * channels));
  return sharp(pixels, { raw: { width: side, height: side, channels }, limitInputPixels: false });
}

/** One chunk of compressed text that inflates to 64 MiB. */
function textBomb(): Buffer {
  const head = Buffer.from("Comment\0\x01\0\0\0", "latin1");
  return pngChunk("iTXt", Buffer.concat([head, deflateSync(Buffer.alloc(2 ** 26, "a"))]));
}

export const attacks: readonly Attack[] = [
  {
    name: "JPEG: 1135 scans of 5000x5000 in colour",
    make: () => manyScansJpeg({ width: 5000, height: 5000, components: 3, passes: 6, bands: 63 }),
  },
  {
    name: "JPEG: 31 scans of 10000x10000 in colour",
    make: () => manyScansJpeg({ width: 10_000, height: 10_000, components: 3, passes: 10, bands: 1 }),
  },
  {
    name: "JPEG: progressive, the most scans and pixels allowed",
    make: () => manyScansJpeg({ width: 6800, height: 6800, components: 3, passes: 6, bands: 1 }),
  },
  {
    name: "JPEG: progressive, the most memory allowed",
    make: () => manyScansJpeg({ width: 8500, height: 8500, components: 1, passes: 12, bands: 1 }),
  },
  {
    name: "JPEG: progressive noise, nearly the most bytes allowed",
    make: () => noise(5000, 3).jpeg({ quality: 100, chromaSubsampling: "4:4:4", progressive: true }).toBuffer(),
  },
  { name: "JPEG: one scan of 10000x10000 in 400 kB", make: () => blankJpeg({ width: 10_000, height: 10_000 }) },
  { name: "JPEG: one scan of noise, 10000x10000", make: () => noise(10_000, 1).jpeg({ quality: 100 }).toBuffer() },
  { name: "JPEG: 4,000,000 comments", make: () => withComments(blankJpeg({ width: 64, height: 64 }), 4_000_000) },
  {
    name: "JPEG: 200 MB of fill bytes",
    make: () => {
      const jpeg = blankJpeg({ width: 64, height: 64 });
      return Buffer.concat([jpeg.subarray(0, -2), Buffer.alloc(200_000_000, 0xff), jpeg.subarray(-2)]);
    },
  },
  { name: "PNG: 10000x10000 in 100 kB", make: () => zeros(square(10_000, 8, 0)) },
  { name: "PNG: 10000x10000 with alpha in 400 kB", make: () => zeros(square(10_000, 8, 6)) },
  {
    name: "PNG: 10000x10000 in 1000 bytes",
    make: () => pngFile(square(10_000, 8, 0), [pngChunk("IDAT", Buffer.alloc(900))]),
  },
  { name: "PNG: 10000x10000 in 16-bit colour with alpha", make: () => zeros(square(10_000, 16, 6)) },
  { name: "PNG: 16-bit colour with alpha, the most pixels allowed", make: () => zeros(square(4500, 16, 6)) },
  {
    name: "PNG: interlaced noise, the most pixels allowed",
    make: () => noise(4700, 3).png({ compressionLevel: 1, progressive: true }).toBuffer(),
  },
  {
    name: "PNG: 10000x10000 without its last row",
    make: () => pngFile(square(10_000, 8, 0), [pngChunk("IDAT", zeroRows({ ...square(10_000, 8, 0), height: 9999 }))]),
  },
  {
    name: "PNG: 4,000,000 pieces of pixel data",
    make: () => pngFile(tinyPng, [tinyData, repeated(pngChunk("IDAT", Buffer.alloc(0)), 4_000_000)]),
  },
  {
    name: "PNG: 200 texts that inflate to 12 GiB",
    make: () => pngFile(tinyPng, [repeated(textBomb(), 200), tinyData]),
  },
];

function repeated(bytes: Buffer, times: number): Buffer {
  return Buffer.alloc(bytes.length * times, bytes);
}
