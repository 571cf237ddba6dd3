// A parquet file, read row group by row group through hyparquet. What a file says of itself is checked before anything is
// unpacked or counted out in memory: a few bytes can announce two thousand million values.
import { type FileHandle, open } from "node:fs/promises";
import type { FileMetaData, RowGroup, SchemaTree } from "hyparquet";
import { messageOf } from "../../core/errors.js";

/** Footers of image datasets have some kilobytes for each thousand images. */
const mostFooterBytes = 64 << 20;
/** Rows of one group; writers make groups of 100 to 1,000,000. */
const mostGroupRows = 1 << 20;
/** What one column of one group may be unpacked; it stands in memory whole. */
const mostColumnBytes = 2 ** 31 - 1;
/** Images do not shrink; labels and patients do, but are small. */
const mostDeflated = 100;
const alwaysAllowedBytes = 16 << 20;

/** What is wrong with a file, told to whoever knows its name. */
export class ParquetError extends Error {}

export class ParquetFile {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #metadata: FileMetaData;
  readonly #schema: SchemaTree;

  private constructor(handle: FileHandle, size: number, metadata: FileMetaData, schema: SchemaTree) {
    this.#handle = handle;
    this.#size = size;
    this.#metadata = metadata;
    this.#schema = schema;
  }

  /** @throws ParquetError; system errors */
  static async open(path: string): Promise<ParquetFile> {
    const { parquetMetadata, parquetSchema } = await import("hyparquet");
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const end = size < 12 ? Buffer.alloc(8) : Buffer.from(await slice(handle, size, size - 8, size));
      if (end.toString("latin1", 4) !== "PAR1") throw new ParquetError("it does not end as parquet files do");
      const footerBytes = end.readUInt32LE(0) + 8;
      if (footerBytes > Math.min(size, mostFooterBytes)) throw new ParquetError("its footer is cut short or too long");
      const footer = await slice(handle, size, size - footerBytes, size);
      const [metadata, schema] = understood(() => {
        const read = parquetMetadata(footer, { geoparquet: false });
        return [read, parquetSchema(read)] as const;
      });
      return new ParquetFile(handle, size, metadata, schema);
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  /** Columns in the file's order; those inside one another by their parents. */
  get columns(): readonly SchemaTree[] {
    return this.#schema.children;
  }

  /** A text that a writer kept in the file, such as "huggingface". */
  keptText(key: string): string | undefined {
    return this.#metadata.key_value_metadata?.find((kept) => kept.key === key)?.value;
  }

  /** Rows in the file's order, with these columns alone; a group of rows stands in memory at a time. @throws ParquetError */
  async *rows(columns: readonly string[]): AsyncGenerator<Readonly<Record<string, unknown>>> {
    const { parquetReadObjects } = await import("hyparquet");
    const compressors = await boundedCompressors();
    const file = {
      byteLength: this.#size,
      slice: (start: number, end = this.#size) => slice(this.#handle, this.#size, start, end),
    };
    let rowStart = 0;
    for (const group of this.#metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      await this.#requireBounds(group, columns);
      const options = { file, metadata: this.#metadata, columns: [...columns], rowStart, rowEnd, compressors };
      const rows = await parquetReadObjects({ ...options, utf8: false, geoparquet: false }).catch((thrown: unknown) => {
        throw thrown instanceof ParquetError ? thrown : new ParquetError(messageOf(thrown), { cause: thrown });
      });
      if (rows.length !== rowEnd - rowStart) throw new ParquetError("a group has fewer rows than it says");
      yield* rows;
      rowStart = rowEnd;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #requireBounds(group: RowGroup, columns: readonly string[]): Promise<void> {
    const rows = Number(group.num_rows);
    if (!(rows >= 0 && rows <= mostGroupRows)) throw new ParquetError(`a group of ${rows} rows`);
    for (const { meta_data: meta } of group.columns) {
      if (meta === undefined) throw new ParquetError("a column without a place");
      if (!columns.includes(meta.path_in_schema[0] ?? "")) continue;
      const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
      const packed = Number(meta.total_compressed_size);
      const bytes = await slice(this.#handle, this.#size, start, start + packed);
      await requirePages(bytes, rows);
    }
  }
}

/** Every page's header, before any page is unpacked. @throws ParquetError */
async function requirePages(bytes: ArrayBuffer, rows: number): Promise<void> {
  const { parquetHeader } = await import("hyparquet/src/column.js");
  const reader = { view: new DataView(bytes), offset: 0 };
  const most = Math.min(mostColumnBytes, Math.max(alwaysAllowedBytes, mostDeflated * bytes.byteLength));
  let unpacked = 0;
  let values = 0;
  while (reader.offset < bytes.byteLength) {
    const header = understood(() => parquetHeader(reader));
    const { compressed_page_size: packed, uncompressed_page_size: size } = header;
    const data = header.data_page_header ?? header.data_page_header_v2;
    const count = (data ?? header.dictionary_page_header)?.num_values ?? 0;
    if (![packed, size, count].every((each) => Number.isInteger(each) && each >= 0))
      throw new ParquetError("a bad page");
    reader.offset += packed;
    unpacked += size;
    if (data !== undefined) values += count;
    if (reader.offset > bytes.byteLength) throw new ParquetError("a page that is cut short");
    if (Math.max(values, count) > rows) throw new ParquetError(`${Math.max(values, count)} values for ${rows} rows`);
    if (unpacked > most) throw new ParquetError(`${bytes.byteLength} bytes that become ${unpacked} or more`);
  }
}

/** hyparquet throws what it meets: type and range errors of damaged files are no faults of ours. */
function understood<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (thrown) {
    throw new ParquetError(messageOf(thrown), { cause: thrown });
  }
}

async function slice(handle: FileHandle, size: number, start: number, end: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && end >= start && end <= size && end - start <= mostColumnBytes)) {
    throw new ParquetError("it names bytes that it does not have");
  }
  const bytes = new ArrayBuffer(end - start);
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesRead } = await handle.read(new Uint8Array(bytes), at, bytes.byteLength - at, start + at);
    if (bytesRead === 0) throw new ParquetError("it was cut short while it was read");
    at += bytesRead;
  }
  return bytes;
}

/** None makes more than the page's header announced, which was checked. Snappy is hyparquet's own, bounded alike. */
async function boundedCompressors() {
  const { brotliDecompressSync, gunzipSync } = await import("node:zlib");
  const { decompressLz4, decompressLz4Raw, decompressZstd } = await import("hyparquet-compressors");
  return {
    GZIP: (input: Uint8Array, size: number) => gunzipSync(input, { maxOutputLength: Math.max(1, size) }),
    BROTLI: (input: Uint8Array, size: number) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, size) }),
    ZSTD: (input: Uint8Array, size: number) => decompressZstd(input, new Uint8Array(size)),
    LZ4: decompressLz4,
    LZ4_RAW: decompressLz4Raw,
  };
}
