// The damaged file of a number: what the child reads and what the parent saves as a finding are made by the same lines.
import { Random } from "../../src/core/random.js";
import type { FuzzReader } from "./fuzz-readers.js";
import { mutate } from "./mutate.js";

export function damagedFile(
  reader: FuzzReader,
  seeds: readonly Uint8Array[],
  { seed, index }: { readonly seed: number; readonly index: number },
): Uint8Array {
  const random = Random.of("fuzz", reader.name, seed, index);
  const base = seeds[index % seeds.length] as Uint8Array;
  const other = seeds[random.integer(seeds.length)] as Uint8Array;
  const bytes = mutate(base, other, random);
  return reader.repair?.(bytes, random) ?? bytes;
}
