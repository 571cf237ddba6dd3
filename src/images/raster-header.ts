// What the header of a JPEG or PNG file says, read without decoding a pixel and without Node: format, size, components,
// EXIF orientation, and whether the file is whole. Bytes are foreign: nothing is taken for granted.

export interface RasterHeader {
  readonly format: "jpeg" | "png";
  /** Of the stored image, before it is turned upright. */
  readonly width: number;
  readonly height: number;
  /** Colour components; 4 in a JPEG is CMYK. */
  readonly components: number;
  /** EXIF orientation, 1..8; 1 where the file has none. */
  readonly orientation: number;
  /** Whether the mark at the end of the pixels is there. */
  readonly isWhole: boolean;
}

/** "jpeg" or "png" by the first bytes, else undefined. */
export function rasterFormat(bytes: Uint8Array): "jpeg" | "png" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  if (bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47) return "png";
  return undefined;
}

/** The header, or undefined where the bytes are no JPEG or PNG, or have no readable header. */
export function readRasterHeader(bytes: Uint8Array): RasterHeader | undefined {
  const format = rasterFormat(bytes);
  if (format === undefined) return undefined;
  return format === "jpeg" ? jpegHeader(bytes) : pngHeader(bytes);
}

/** ITU-T T.81, annex B: segments of 0xff, code, length (2 bytes, itself included), until the scan begins. */
function jpegHeader(bytes: Uint8Array): RasterHeader | undefined {
  const view = viewOf(bytes);
  let frame: Pick<RasterHeader, "width" | "height" | "components"> | undefined;
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const code = bytes[at + 1] as number;
    if (code === 0xff) {
      at++; // fill byte
      continue;
    }
    const length = view.getUint16(at + 2);
    const end = at + 2 + length;
    const isFrame = code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
    if (isFrame && length >= 8 && end <= bytes.length) {
      frame = {
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components: bytes[at + 9] as number,
      };
    }
    if (code === 0xe1 && startsWith(bytes, at + 4, "Exif\0\0")) {
      orientation = exifOrientation(bytes.subarray(at + 10, Math.min(end, bytes.length)));
    }
    if (code === 0xda) {
      return frame && { format: "jpeg", ...frame, orientation, isWhole: hasJpegEnd(bytes, end) };
    }
    at = end;
  }
  return frame && { format: "jpeg", ...frame, orientation, isWhole: false };
}

/** The end mark cannot occur inside entropy-coded data, where 0xff is always followed by 0 or a restart mark. */
function hasJpegEnd(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

/** Chunks of length (4 bytes), type (4), data, checksum (4); the first is IHDR. */
function pngHeader(bytes: Uint8Array): RasterHeader | undefined {
  const view = viewOf(bytes);
  if (bytes.length < 33 || !startsWith(bytes, 12, "IHDR")) return undefined;
  const components = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 }[bytes[25] as number];
  if (components === undefined) return undefined;
  let orientation = 1;
  let isWhole = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (startsWith(bytes, at + 4, "IEND")) {
      isWhole = true;
      break;
    }
    if (end > bytes.length) break;
    if (startsWith(bytes, at + 4, "eXIf")) orientation = exifOrientation(bytes.subarray(at + 8, end - 4));
    at = end;
  }
  return { format: "png", width: view.getUint32(16), height: view.getUint32(20), components, orientation, isWhole };
}

/** Tag 0x0112 of the first directory of a TIFF structure; 1 where it is absent or out of range. */
function exifOrientation(tiff: Uint8Array): number {
  if (tiff.length < 14) return 1;
  const view = viewOf(tiff);
  const isLittleEndian = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, isLittleEndian);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, isLittleEndian);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > tiff.length) break;
    if (view.getUint16(at, isLittleEndian) !== 0x0112) continue;
    const value = view.getUint16(at + 8, isLittleEndian);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
