// Entropy-coded segments of JPEG (ISO 10918-1 annex F.2.2): Huffman tables, and a reader of bits that takes out stuffed
// bytes and stops at markers. Most codes are at most 8 bits long: those are looked up at once.

/** Codes of one length are consecutive: the value of a code is `values[first index of the length + code - first code]`. */
export interface HuffmanTable {
  /** By length 1..16: the largest code of that length, -1 where there is none. */
  readonly maxCode: Int32Array;
  /** By length: what to add to a code to get the index of its value. */
  readonly offset: Int32Array;
  readonly values: Uint8Array;
  /** By the next 8 bits: 256 * length + value of the code they begin with, 0 where that is longer than they are. */
  readonly short: Uint16Array;
}

/** `counts`: how many codes there are of each length 1..16. */
export function huffmanTable(counts: Uint8Array, values: Uint8Array): HuffmanTable {
  const maxCode = new Int32Array(17).fill(-1);
  const offset = new Int32Array(17);
  const short = new Uint16Array(256);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] ?? 0;
    offset[length] = index - code;
    if (count > 0) maxCode[length] = code + count - 1;
    for (let i = 0; length <= 8 && i < count; i++) {
      const first = (code + i) << (8 - length);
      short.fill(256 * length + (values[index + i] ?? 0), first, first + (1 << (8 - length)));
    }
    index += count;
    code = (code + count) << 1;
  }
  return { maxCode, offset, values, short };
}

/** The tables of a DHT segment (B.2.4.2) into a map, by 16 * class (0 DC and lossless, 1 AC) + number. */
export function readHuffmanTables(segment: Uint8Array, tables: Map<number, HuffmanTable>): void {
  for (let at = 0; at + 17 <= segment.length; ) {
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    tables.set(segment[at] as number, huffmanTable(counts, segment.slice(at + 17, at + 17 + total)));
    at += 17 + total;
  }
}

export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  /** The lowest `#left` bits are the next ones. */
  #bits = 0;
  #left = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** A signed number of `length` bits, up to 16 (F.2.2.1, EXTEND). @throws RangeError at a marker or the end */
  signed(length: number): number {
    if (length === 0) return 0;
    if (this.#left < length) this.#fill();
    const value = this.#take(length);
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  /** The value of the next code. @throws RangeError at a marker or the end, or where no code begins like this */
  symbol({ maxCode, offset, values, short }: HuffmanTable): number {
    if (this.#left < 16) this.#fill();
    const next = this.#left >= 8 ? this.#bits >>> (this.#left - 8) : this.#bits << (8 - this.#left);
    const entry = short[next & 0xff] as number;
    if (entry !== 0) {
      this.#take(entry >> 8);
      return entry & 0xff;
    }
    let code = this.#take(8);
    for (let length = 9; length <= 16; length++) {
      code = (code << 1) | this.#take(1);
      if (code <= (maxCode[length] as number)) return values[code + (offset[length] as number)] as number;
    }
    throw new RangeError("no such code");
  }

  /** Passes over a restart marker, which begins at the next byte, perhaps after fill bytes (B.1.1.2). */
  restart(): void {
    const isAtMarker = this.#left < 8;
    while (this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] === 0xff) this.#at++;
    const isRestart = this.#bytes[this.#at] === 0xff && ((this.#bytes[this.#at + 1] ?? 0) & 0xf8) === 0xd0;
    if (!isAtMarker || !isRestart) throw new RangeError("a restart marker is missing");
    this.#left = 0;
    this.#at += 2;
  }

  #take(length: number): number {
    if (length > this.#left) throw new RangeError("the segment ends too early");
    this.#left -= length;
    return (this.#bits >>> this.#left) & ((1 << length) - 1);
  }

  /** Up to 32 bits; fewer before a marker and at the end. */
  #fill(): void {
    while (this.#left <= 24) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return;
      if (byte === 0xff) {
        if (this.#bytes[this.#at + 1] !== 0) return;
        this.#at++;
      }
      this.#at++;
      this.#bits = (this.#bits << 8) | byte;
      this.#left += 8;
    }
  }
}
