// What fuzzing knows of a reader: sound files to start from, how hostile ones are made of them, and how one is read.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../../src/core/package.js";
import type { Random } from "../../../src/core/random.js";

export interface OpenReader {
  /** Reads one file; anything but a result or an AppError is a finding. `bytes` may be kept or moved. */
  read(bytes: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

export interface FuzzReader {
  readonly name: string;
  /** Share of all files that this reader gets: slow ones less. */
  readonly weight: number;
  /** Sound files, at least one. */
  seeds(): Promise<readonly Uint8Array[]>;
  /** Called after damage: may make checksums right. */
  readonly repair?: (bytes: Uint8Array, random: Random) => Uint8Array;
  /** A valid container with hostile insides. Half of the files are made so; all where damaged bytes mean nothing. */
  readonly structured: (random: Random, seeds: readonly Uint8Array[]) => Uint8Array | Promise<Uint8Array>;
  readonly isStructuredOnly?: boolean;
  open(): Promise<OpenReader>;
}

export async function goldenFiles(folder: string, pattern: RegExp): Promise<Uint8Array[]> {
  const path = join(packageRoot(), "test", "golden", folder);
  const names = (await readdir(path)).filter((name) => pattern.test(name)).sort();
  return Promise.all(names.map(async (name) => new Uint8Array(await readFile(join(path, name)))));
}

export const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const bytesText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A reader that keeps nothing between files. */
export const reads = (read: (bytes: Uint8Array) => unknown): (() => Promise<OpenReader>) => {
  return async () => ({ read: async (bytes) => read(bytes), close: async () => undefined });
};

/** A generator of texts as one of bytes. */
export const structuredText = (
  make: (text: string, random: Random) => string,
): ((random: Random, seeds: readonly Uint8Array[]) => Uint8Array) => {
  return (random, seeds) => textBytes(make(bytesText(seeds[random.integer(seeds.length)] as Uint8Array), random));
};
