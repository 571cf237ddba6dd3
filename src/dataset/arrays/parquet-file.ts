// A parquet file, read row group by row group through hyparquet. What a file says of itself is checked before anything is
// unpacked or counted out in memory: a few bytes can announce two thousand million values.
import { type FileHandle, open } from "node:fs/promises";
import type { Compressors, FileMetaData, RowGroup, SchemaTree } from "hyparquet";
import { messageOf } from "../../core/errors.js";
import { ParquetError, understood } from "./parquet-error.js";
import { mostColumnBytes } from "./parquet-limits.js";

/** Footers of image datasets have some kilobytes for each thousand images. */
const mostFooterBytes = 64 << 20;
/** Rows of one group; writers make groups of 100 to 1,000,000. */
const mostGroupRows = 1 << 20;
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

  /** In bytes. */
  get size(): number {
    return this.#size;
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
      await this.#requireBounds(group, columns, compressors);
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

  async #requireBounds(group: RowGroup, columns: readonly string[], compressors: Compressors): Promise<void> {
    const { requirePages } = await import("./parquet-pages.js");
    const { getTreePath, getMaxDefinitionLevel, getMaxRepetitionLevel } = await import("hyparquet/src/schema.js");
    const rows = Number(group.num_rows);
    if (!(rows >= 0 && rows <= mostGroupRows)) throw new ParquetError(`a group of ${rows} rows`);
    for (const { meta_data: meta } of group.columns) {
      if (meta === undefined) throw new ParquetError("a column without a place");
      if (!columns.includes(meta.path_in_schema[0] ?? "")) continue;
      const path = understood(() => getTreePath(this.#schema, meta.path_in_schema));
      if (getMaxRepetitionLevel(path) > 0) throw new ParquetError("lists where one value stands for each row");
      const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
      const packed = Number(meta.total_compressed_size);
      const bytes = await slice(this.#handle, this.#size, start, start + packed);
      requirePages(bytes, { rows, codec: meta.codec, compressors, definitionLevel: getMaxDefinitionLevel(path) });
    }
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
async function boundedCompressors(): Promise<Compressors> {
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
