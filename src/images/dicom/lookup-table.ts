// A lookup table of DICOM (PS3.3 C.11.1.1.1 and C.11.2.1.1): a descriptor of three numbers and the data. Vendors write
// wrong ones often enough that each is checked against its own data; a table that cannot be right is none.
import type { Attributes, Keyword } from "./attributes.js";

export interface LookupTable {
  readonly data: Uint16Array;
  /** The input that the first entry is for; smaller inputs get the first entry, larger ones than the last the last. */
  readonly firstInput: number;
  /** Outputs go from 0 to 2^bits - 1. */
  readonly bits: number;
}

/** Smallest and largest input that a table must be of use for. */
export interface InputRange {
  readonly low: number;
  readonly high: number;
}

/** The table of a sequence's first item, or undefined when it breaks the standard. */
export function readLookupTable(item: Attributes, inputs: InputRange): LookupTable | undefined {
  return checkedTable(item.words("LUTDescriptor"), item.words("LUTData"), item.bytes("LUTData"), inputs);
}

/**
 * The same for a VOI LUT, whose outputs are shown as they are: one that has a single grey level, or uses so little of
 * its bits that the picture would be black, is undefined too. Outputs of a modality LUT are windowed after it, so there
 * these say nothing.
 */
export function readVoiLookupTable(item: Attributes, inputs: InputRange): LookupTable | undefined {
  const table = readLookupTable(item, inputs);
  if (table === undefined) return undefined;
  const { low, high } = rangeOf(table.data);
  return low === high || high < 2 ** (table.bits - 2) ? undefined : table;
}

/** One channel of a palette (C.7.6.3.1.5 and .6), or undefined. */
export function readPalette(attributes: Attributes, colour: "Red" | "Green" | "Blue"): LookupTable | undefined {
  const descriptor: Keyword = `${colour}PaletteColorLookupTableDescriptor`;
  const data: Keyword = `${colour}PaletteColorLookupTableData`;
  const [entries, firstInput, bits] = attributes.words(descriptor);
  if (entries === undefined || firstInput === undefined || (bits !== 8 && bits !== 16)) return undefined;
  const values = entriesOf(attributes.words(data), attributes.bytes(data), entries || 65536, bits);
  return values && { data: values, firstInput, bits };
}

/** The entry for an input. */
export function lookUp({ data, firstInput }: LookupTable, input: number): number {
  const index = Math.max(0, Math.min(data.length - 1, Math.trunc(input - firstInput)));
  return data[index] as number;
}

function checkedTable(
  descriptor: Uint16Array,
  words: Uint16Array,
  bytes: Uint8Array,
  inputs: InputRange,
): LookupTable | undefined {
  const [count, first, bits] = descriptor;
  if (count === undefined || first === undefined || bits === undefined || bits < 8 || bits > 16) return undefined;
  const data = entriesOf(words, bytes, count || 65536, bits); // 0 stands for 2^16
  if (data === undefined) return undefined;
  if (rangeOf(data).high >= 2 ** bits) return undefined; // more than the bits can hold
  // The first input is signed where the inputs are; writers mix the two up, so the one that meets the inputs is taken.
  const meets = (start: number) => start <= inputs.high && start + data.length > inputs.low;
  const candidates = inputs.low < 0 ? [signed(first), first] : [first, signed(first)];
  const firstInput = candidates.find(meets);
  return firstInput === undefined ? undefined : { data, firstInput, bits };
}

/** As words, or as bytes where a table of at most 8 bits is packed two to a word. */
function entriesOf(words: Uint16Array, bytes: Uint8Array, count: number, bits: number): Uint16Array | undefined {
  if (words.length >= count) return words.subarray(0, count);
  return bits <= 8 && bytes.length >= count ? Uint16Array.from(bytes.subarray(0, count)) : undefined;
}

function rangeOf(data: Uint16Array): InputRange {
  let [low, high] = [65535, 0];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

const signed = (word: number): number => (word << 16) >> 16;
