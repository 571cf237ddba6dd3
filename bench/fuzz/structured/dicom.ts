// DICOM files whose container holds and whose insides are hostile: attributes that contradict the pixels, sequences of any
// depth and length, compressed pictures in fragments cut anywhere, deflated data sets (PS3.5, PS3.10).
import { deflateRawSync } from "node:zlib";
import type { Random } from "../../../src/core/random.js";
import { concatBytes } from "../../../src/images/concat-bytes.js";
import { type DicomElement, dicomFile, gradient, pictureElements } from "../../../test/support/dicom-writer.js";
import { mutate } from "../mutate.js";
import { hostileNumber, once, pick, randomBytes } from "./choose.js";
import { hostileJpeg } from "./jpeg.js";

export function hostileDicom(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  if (once(random, 3)) return built(random);
  const seed = pick(random, seeds);
  const pixels = pixelStart(seed);
  if (pixels === undefined || once(random, 4)) return withAttributes(seed, random);
  const picture = joinedItems(seed, pixels);
  const other = once(random, 12) ? picture : hostilePicture(picture, random);
  return withAttributes(concatBytes([seed.subarray(0, pixels), ...inItems(other, random)]), random);
}

/** Where the items of compressed pixel data begin: behind (7FE0,0010), OB, undefined length. */
function pixelStart(bytes: Uint8Array): number | undefined {
  const mark = Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(mark);
  return at === -1 ? undefined : at + mark.length;
}

function joinedItems(bytes: Uint8Array, from: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: Uint8Array[] = [];
  for (let at = from; at + 8 <= bytes.length && view.getUint32(at, true) === 0xe000fffe; ) {
    const end = at + 8 + view.getUint32(at + 4, true);
    items.push(bytes.subarray(at + 8, end));
    at = end;
  }
  return concatBytes(items.slice(1)); // the first is the offset table
}

function hostilePicture(picture: Uint8Array, random: Random): Uint8Array {
  if (picture[0] === 0xff && picture[1] === 0xd8) return hostileJpeg(random, [picture]);
  if (picture[0] === 0xff && picture[1] === 0x4f) return hostileJpeg2000(picture, random);
  return mutate(picture, picture, random); // RLE: a header of 16 offsets, then runs
}

/** Sizes, tiles and components in SIZ, and decomposition in COD, are other numbers (ISO 15444-1, annex A.5 and A.6). */
function hostileJpeg2000(picture: Uint8Array, random: Random): Uint8Array {
  const result = picture.slice();
  const view = new DataView(result.buffer);
  for (let at = 2; at + 4 < result.length && view.getUint16(at) !== 0xff90; ) {
    const code = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (once(random, 3) && at + 2 + length <= result.length) {
      const isSize = code === 0xff51;
      const place = at + 6 + (isSize ? 4 * random.integer(8) : random.integer(Math.max(1, length - 4)));
      if (isSize && place + 4 <= result.length)
        view.setUint32(place, pick(random, [hostileNumber(random, 32), 1, 64, 9000]));
      else if (place < result.length) result[place] = hostileNumber(random, 8);
    }
    at += 2 + length;
  }
  return once(random, 3) ? mutate(result, result, random) : result;
}

function inItems(picture: Uint8Array, random: Random): Uint8Array[] {
  const word = (value: number) => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return bytes;
  };
  const tag = Uint8Array.of(0xfe, 0xff, 0, 0xe0);
  const item = (body: Uint8Array, length = body.length) => concatBytes([tag, word(length), body]);
  const offsets = once(random, 2) ? new Uint8Array(0) : randomBytes(random, 4 * random.integer(4));
  const items = [item(offsets)];
  const most = pick(random, [picture.length + 1, 2000, 64, 2]);
  for (let at = 0; at < picture.length && items.length < 3000; ) {
    const end = at + random.integer(most + 1) + (items.length > 50 ? most : 0);
    const body = picture.slice(at, end);
    items.push(item(body, once(random, 100) ? hostileNumber(random, 32) : body.length));
    at = end;
  }
  if (!once(random, 8)) items.push(concatBytes([Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0), word(0)]));
  return items;
}

/** Rows, Columns, bits, samples, planar configuration, representation: (0028,xxxx) with VR US, explicit little-endian. */
function withAttributes(file: Uint8Array, random: Random): Uint8Array {
  const result = file.slice();
  const buffer = Buffer.from(result.buffer);
  for (let left = random.integer(4); left > 0; left--) {
    const element = pick(random, [0x02, 0x06, 0x10, 0x11, 0x00, 0x01, 0x02, 0x03]);
    const second = [0x02, 0x06, 0x10, 0x11].includes(element) ? 0 : 1;
    const at = buffer.indexOf(Buffer.from([0x28, 0, element, second, 0x55, 0x53, 2, 0]));
    if (at !== -1) buffer.writeUInt16LE(pick(random, [hostileNumber(random, 16), 1, 3, 8, 12, 16, 9000]), at + 8);
  }
  return result;
}

const texts = [
  "",
  "0",
  "-1",
  "1e999",
  "NaN",
  "1\\2",
  "\\",
  "9".repeat(300),
  "LINEAR_EXACT",
  "MONOCHROME1",
  "PALETTE COLOR",
  "YBR_FULL_422",
  "RGB",
  "\u0000",
  "\u001b[31m",
  "060Y",
  "000D",
];
const tags = [
  0x00080008, 0x00080016, 0x00080060, 0x00080068, 0x00101010, 0x00180015, 0x00185101, 0x00280004, 0x00280008,
  0x00280030, 0x00281050, 0x00281051, 0x00281052, 0x00281053, 0x00281054, 0x00281056, 0x20500020,
];
const lookups = [0x00281101, 0x00281102, 0x00281103, 0x00283002, 0x00280120, 0x00280121];
const syntaxes = [
  "1.2.840.10008.1.2.1",
  "1.2.840.10008.1.2.2",
  "1.2.840.10008.1.2",
  "1.2.840.10008.1.2.1.99",
  "1.2.840.10008.1.2.5",
  "1.2.840.10008.1.2.4.50",
  "1.2.840.10008.1.2.4.90",
  "1.2.3",
  "",
];

function built(random: Random): Uint8Array {
  const columns = pick(random, [1, 2, 16, 33, hostileNumber(random, 16)]);
  const rows = pick(random, [1, 2, 16, 33, hostileNumber(random, 16)]);
  const bytes = Math.min(2 * columns * rows, 200_000);
  const pixels = once(random, 3) ? randomBytes(random, random.integer(4000)) : gradient(1, bytes / 2);
  const more = Array.from({ length: random.integer(6) }, () => hostileElement(random, 0));
  const elements = [...pictureElements(columns, rows, more), [0x7fe00010, "OW", pixels] as const];
  const syntax = once(random, 3) ? pick(random, syntaxes) : "1.2.840.10008.1.2.1";
  const header = once(random, 10) ? pick(random, ["none", "no preamble"] as const) : "whole";
  const file = dicomFile({ elements, syntax, header });
  if (syntax !== "1.2.840.10008.1.2.1.99" || header !== "whole") return file;
  const start = 132 + 8 + syntax.length + (syntax.length % 2);
  return concatBytes([file.subarray(0, start), deflateRawSync(file.subarray(start))]);
}

function hostileElement(random: Random, depth: number): DicomElement {
  const declared = once(random, 30) ? [hostileNumber(random, 16)] : [];
  switch (random.integer(depth > 20 ? 3 : 5)) {
    case 0:
      return [
        pick(random, tags),
        pick(random, ["CS", "DS", "IS", "LO", "UI", "AS", "ZZ"]),
        pick(random, texts),
        ...declared,
      ] as never;
    case 1:
      return [
        pick(random, lookups),
        pick(random, ["US", "SS", "OW"]),
        Array.from({ length: pick(random, [0, 1, 3, 300]) }, () => hostileNumber(random, 16)),
        ...declared,
      ] as never;
    case 2:
      return [
        hostileNumber(random, 32),
        pick(random, ["UN", "OB", "FL", "FD", "UL", "AT", "SV", "UV"]),
        randomBytes(random, random.integer(40)),
        ...declared,
      ] as never;
    case 3: // the VOI and modality LUT sequences, with items that need not be any
      return [
        pick(random, [0x00283010, 0x00283000, 0x00082218, 0x00409096]),
        "SQ",
        Array.from({ length: random.integer(4) }, () =>
          Array.from({ length: random.integer(4) }, () => hostileElement(random, depth + 1)),
        ),
      ] as never;
    default:
      return nestedSequence(random);
  }
}

/** Sequences inside sequences, all of undefined length, closed or not. */
function nestedSequence(random: Random): DicomElement {
  const depth = pick(random, [1, 10, 500, 5000]);
  const start = Uint8Array.of(
    0xfe,
    0xff,
    0,
    0xe0,
    0xff,
    0xff,
    0xff,
    0xff,
    0x28,
    0,
    0x10,
    0x30,
    0x53,
    0x51,
    0,
    0,
    0xff,
    0xff,
    0xff,
    0xff,
  );
  const end = Uint8Array.of(0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0);
  const open = Array.from({ length: depth }, () => start);
  const close = Array.from({ length: once(random, 3) ? random.integer(depth) : depth + 1 }, () => end);
  return [0x00283010, "SQ", concatBytes([...open, ...close]), 0xffffffff] as never;
}
