// A zlib stream (RFC 1950) of known length, with its checksum, which fflate leaves out.
import { Inflate } from "fflate";
import { concatBytes } from "./concat-bytes.js";

/**
 * The first `size` bytes of the stream, or undefined where there are fewer or their checksum is wrong. Where the stream goes
 * on, its checksum is not reached, as in libpng.
 */
export function inflateExact(pieces: readonly Uint8Array[], size: number): Uint8Array | undefined {
  const stream = concatBytes(pieces);
  const [method = 0, flags = 0] = stream;
  const isZlib = (method & 15) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0 && (flags & 32) === 0;
  if (!isZlib) return undefined;
  const result = new Uint8Array(size);
  let filled = 0;
  let hasMore = false;
  const inflate = new Inflate((part) => {
    const taken = part.subarray(0, size - filled);
    result.set(taken, filled);
    filled += taken.length;
    if (taken.length < part.length) hasMore = true;
  });
  try {
    for (let at = 2; at < stream.length && !hasMore; at += 16_384) inflate.push(stream.subarray(at, at + 16_384));
  } catch {
    // Broken after the last row is as good as whole, if the checksum below says so.
  }
  if (filled < size) return undefined;
  return hasMore || holdsChecksum(stream, adler32(result)) ? result : undefined;
}

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
