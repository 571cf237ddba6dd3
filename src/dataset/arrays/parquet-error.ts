// What is wrong with a parquet file, told to whoever knows its name.
export class ParquetError extends Error {}

/** hyparquet throws what it meets: type and range errors of damaged files are no faults of ours. */
export function understood<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof ParquetError) throw thrown;
    throw new ParquetError(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}
