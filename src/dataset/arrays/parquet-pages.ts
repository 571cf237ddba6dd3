// The pages of one column of one group of rows, looked at before hyparquet decodes them. It believes what pages say: a run of
// three bytes can announce a thousand million values, which end the process when they are written into a list.
import type { ColumnMetaData, Compressors, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { ParquetError, understood } from "./parquet-error.js";
import { mostColumnBytes, mostUnpacked } from "./parquet-limits.js";

export interface ColumnPages {
  readonly rows: number;
  readonly codec: ColumnMetaData["codec"];
  readonly compressors: Compressors;
  /** How many of the column and its parents may be empty. */
  readonly definitionLevel: number;
}

/** @throws ParquetError */
export function requirePages(bytes: ArrayBuffer, column: ColumnPages): void {
  const reader = { view: new DataView(bytes), offset: 0 };
  const most = Math.min(mostColumnBytes, mostUnpacked(bytes.byteLength));
  let unpacked = 0;
  let values = 0;
  while (reader.offset < bytes.byteLength) {
    const header = understood(() => parquetHeader(reader));
    const { compressed_page_size: packed, uncompressed_page_size: size } = header;
    const data = header.data_page_header ?? header.data_page_header_v2;
    const count = (data ?? header.dictionary_page_header)?.num_values ?? 0;
    if (![packed, size, count].every((each) => Number.isInteger(each) && each >= 0))
      throw new ParquetError("a bad page");
    const page = new Uint8Array(bytes, reader.offset, Math.min(packed, bytes.byteLength - reader.offset));
    reader.offset += packed;
    unpacked += size;
    if (data !== undefined) values += count;
    if (reader.offset > bytes.byteLength) throw new ParquetError("a page that is cut short");
    if (Math.max(values, count) > column.rows) throw new ParquetError(`more values than its ${column.rows} rows`);
    if (unpacked > most) throw new ParquetError(`${bytes.byteLength} bytes that become ${unpacked} or more`);
    understood(() => requireRuns(page, header, column));
  }
  if (values !== column.rows) throw new ParquetError(`${values} values for ${column.rows} rows`);
}

/** Levels and numbers in a dictionary are runs (parquet-format, Encodings.md, "RLE/bit-packing hybrid"). */
function requireRuns(page: Uint8Array, header: PageHeader, column: ColumnPages): void {
  const { data_page_header: one, data_page_header_v2: two, uncompressed_page_size: size } = header;
  const levelBits = Math.ceil(Math.log2(column.definitionLevel + 1));
  const unpack = (packed: Uint8Array, length: number) =>
    decompressPage(packed, length, column.codec, column.compressors);
  if (one !== undefined) {
    const whole = unpack(page, size);
    let at = 0;
    if (levelBits > 0) {
      readRuns(whole, 4, levelBits, one.num_values); // after four bytes of length
      at = 4 + new DataView(whole.buffer, whole.byteOffset, whole.byteLength).getUint32(0, true);
    }
    requireValues(whole.subarray(at), one.encoding, one.num_values);
  } else if (two !== undefined) {
    const { definition_levels_byte_length: levels, repetition_levels_byte_length: repetitions, num_values } = two;
    if (repetitions !== 0 || !(levels >= 0 && levels <= page.length)) throw new ParquetError("a bad page");
    if (levelBits > 0) readRuns(page, 0, levelBits, num_values);
    const packed = page.subarray(levels);
    const isPacked = two.is_compressed !== false && size > levels;
    requireValues(isPacked ? unpack(packed, size - levels) : packed, two.encoding, num_values);
  }
}

function requireValues(values: Uint8Array, encoding: string, count: number): void {
  if (encoding === "PLAIN") return; // as many bytes as values, or hyparquet says so
  if (encoding !== "PLAIN_DICTIONARY" && encoding !== "RLE_DICTIONARY") {
    throw new ParquetError(`values encoded as ${encoding}, which are not read here`);
  }
  const [bits = 0] = values;
  if (bits > 32) throw new ParquetError("a bad page");
  readRuns(values, 1, bits, count);
}

/** As far as hyparquet reads: until there are `count` values, or to the end where some of them are empty. */
function readRuns(bytes: Uint8Array, from: number, bits: number, count: number): void {
  let at = from;
  for (let seen = 0; seen < count && at < bytes.length; ) {
    let header = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 2 ** 28) throw new ParquetError("a run that is cut short");
      header += (byte & 127) * shift;
      if (byte < 128) break;
    }
    const isPacked = header % 2 === 1;
    const run = Math.floor(header / 2) * (isPacked ? 8 : 1);
    // Packed values come in eights, so the last of them may be more than there are.
    if (run > count - seen + (isPacked ? 7 : 0)) throw new ParquetError(`a run of ${run} values among ${count}`);
    at += isPacked ? (run / 8) * bits : Math.ceil(bits / 8);
    seen += run;
  }
}
