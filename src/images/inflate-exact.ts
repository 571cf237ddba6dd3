// A zlib stream (RFC 1950) of known length, with its checksum, which fflate leaves out.
import { Inflate } from "fflate";
import { concatBytes } from "./concat-bytes.js";

/** How far libpng looks past the last row, in bytes. */
const lookahead = 1024;

/**
 * The first `size` bytes of the stream, or undefined where there are fewer, their checksum is wrong or the stream breaks off.
 * Where it goes on for long after them, its end is not looked for, as in libpng.
 */
export function inflateExact(pieces: readonly Uint8Array[], size: number): Uint8Array | undefined {
  const stream = concatBytes(pieces);
  const [method = 0, flags = 0] = stream;
  const isZlib = (method & 15) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0 && (flags & 32) === 0;
  if (!isZlib) return undefined;
  const result = new Uint8Array(size);
  let total = 0;
  const inflate = new Inflate((part) => {
    if (total < size) result.set(part.subarray(0, size - total), total);
    total += part.length;
  });
  let isBroken = false;
  try {
    for (let at = 2; at < stream.length && total < size + lookahead; at += pieceBytes) {
      inflate.push(stream.subarray(at, at + pieceBytes), at + pieceBytes >= stream.length);
    }
  } catch {
    isBroken = true; // harmless where it follows the end: of bytes after the stream fflate complains too
  }
  if (total < size) return undefined;
  if (total > size) return isBroken && total < size + lookahead ? undefined : result;
  return holdsChecksum(stream, adler32(result)) ? result : undefined;
}

/** Small, because a piece may become a thousand times its size. */
const pieceBytes = 16_384;

/** fflate does not tell where the data ended, and bytes may follow the checksum: it is looked for. */
function holdsChecksum(stream: Uint8Array, sum: number): boolean {
  const wanted = [sum >>> 24, (sum >>> 16) & 255, (sum >>> 8) & 255, sum & 255];
  for (let at = stream.length - 4; at >= 2; at--) {
    if (wanted.every((byte, i) => stream[at + i] === byte)) return true;
  }
  return false;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(at + 3800, bytes.length); at < end; at++) {
      a += bytes[at] as number;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return ((b << 16) | a) >>> 0;
}
