// Entropy-coded segments of JPEG (ISO 10918-1 annex F.2.2): Huffman tables, and a reader of bits that takes out stuffed
// bytes and stops at markers.

/** Codes of one length are consecutive: the value of a code is `values[first index of the length + code - first code]`. */
export interface HuffmanTable {
  /** By length 1..16: the largest code of that length, -1 where there is none. */
  readonly maxCode: Int32Array;
  /** By length: what to add to a code to get the index of its value. */
  readonly offset: Int32Array;
  readonly values: Uint8Array;
}

/** `counts`: how many codes there are of each length 1..16. */
export function huffmanTable(counts: Uint8Array, values: Uint8Array): HuffmanTable {
  const maxCode = new Int32Array(17).fill(-1);
  const offset = new Int32Array(17);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] ?? 0;
    offset[length] = index - code;
    if (count > 0) maxCode[length] = code + count - 1;
    index += count;
    code = (code + count) << 1;
  }
  return { maxCode, offset, values };
}

export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #bits = 0;
  #left = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** @throws RangeError at a marker or the end */
  bit(): number {
    if (this.#left === 0) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new RangeError("the segment ends too early");
      if (byte === 0xff) {
        if (this.#bytes[this.#at + 1] !== 0) throw new RangeError("a marker inside the segment");
        this.#at++;
      }
      this.#at++;
      this.#bits = byte;
      this.#left = 8;
    }
    return (this.#bits >> --this.#left) & 1;
  }

  /** A signed number of `length` bits (F.2.2.1, EXTEND). */
  signed(length: number): number {
    let value = 0;
    for (let i = 0; i < length; i++) value = (value << 1) | this.bit();
    return length > 0 && value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  symbol({ maxCode, offset, values }: HuffmanTable): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.bit();
      if (code <= (maxCode[length] as number)) return values[code + (offset[length] as number)] as number;
    }
    throw new RangeError("no such code");
  }

  /** Passes over a restart marker, which begins at the next byte. */
  restart(): void {
    this.#left = 0;
    const isRestart = this.#bytes[this.#at] === 0xff && ((this.#bytes[this.#at + 1] ?? 0) & 0xf8) === 0xd0;
    if (!isRestart) throw new RangeError("a restart marker is missing");
    this.#at += 2;
  }
}
