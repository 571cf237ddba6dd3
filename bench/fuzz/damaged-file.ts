// The hostile file of a number: what the child reads and what the parent saves as a finding are made by the same lines.
import { Random } from "../../src/core/random.js";
import type { FuzzReader } from "./fuzz-readers.js";
import { mutate } from "./mutate.js";

interface FileNumber {
  readonly seed: number;
  readonly index: number;
}

/** Every other file is a valid container with hostile insides, the rest are sound files that were damaged. */
export const isStructured = (reader: FuzzReader, index: number): boolean =>
  reader.isStructuredOnly === true || index % 2 === 1;

export async function damagedFile(
  reader: FuzzReader,
  seeds: readonly Uint8Array[],
  { seed, index }: FileNumber,
): Promise<Uint8Array> {
  const random = Random.of("fuzz", reader.name, seed, index);
  if (isStructured(reader, index)) return reader.structured(random, seeds);
  const base = seeds[random.integer(seeds.length)] as Uint8Array;
  const other = seeds[random.integer(seeds.length)] as Uint8Array;
  const bytes = mutate(base, other, random);
  return reader.repair?.(bytes, random) ?? bytes;
}
