// Inflates the deflated transfer syntax with an upper bound: half a megabyte can hold half a gigabyte of zeros.
import { Inflate } from "fflate";
import { concatBytes } from "../concat-bytes.js";

/** Input is given in pieces so small that no piece can exceed the bound by more than about 17 MB (deflate's 1032 to 1). */
const pieceBytes = 16_384;

/**
 * Raw deflate (RFC 1951) to bytes; undefined as soon as there are more than `maxBytes`. A stream that ends early gives
 * what there was.
 * @throws Error when the bytes are no deflate stream
 */
export function inflateBounded(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let total = 0;
  const inflate = new Inflate((part) => {
    parts.push(part);
    total += part.length;
  });
  for (let at = 0; at < bytes.length && total <= maxBytes; at += pieceBytes) {
    inflate.push(bytes.subarray(at, at + pieceBytes));
  }
  if (total > maxBytes) return undefined;
  return concatBytes(parts);
}
