// A small dataset of random images, their pixels by another way than the decode cache's, and the cache's files.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/core/random.js";
import { openDataset } from "../../src/dataset/open-dataset.js";
import type { Sample } from "../../src/dataset/sample.js";
import { decodeGray } from "../../src/images/decode-gray.js";
import { encodePng } from "../../src/images/encode.js";
import { resizeBilinear } from "../../src/images/resize.js";

export interface RandomDataset {
  readonly root: string;
  readonly samples: readonly Sample[];
  /** Beside the dataset; not made yet. */
  readonly cacheFolder: string;
}

/** `n` images per class below `top`/`name`. */
export async function makeRandomDataset(top: string, name: string, n = 6): Promise<RandomDataset> {
  const root = join(top, name);
  for (const className of ["NORMAL", "PNEUMONIA"]) {
    mkdirSync(join(root, "train", className), { recursive: true });
    for (let i = 0; i < n; i++) {
      writeFileSync(join(root, "train", className, `${i}.png`), await randomImage(`${name}${className}${i}`));
    }
  }
  return { root, samples: [...(await openDataset(root)).samples], cacheFolder: join(top, `${name}-cache`) };
}

export interface RandomImageOptions {
  readonly side?: number;
  /** Size of the file, which zeros after the image fill. */
  readonly bytes?: number;
}

/** A PNG file that depends on `seed` alone. */
export async function randomImage(seed: string, { side = 30, bytes }: RandomImageOptions = {}): Promise<Buffer> {
  const random = Random.of(seed);
  const data = Uint8Array.from({ length: side * side }, () => random.integer(256));
  const image = await encodePng({ width: side, height: side, data });
  return Buffer.concat([image, Buffer.alloc(Math.max(0, (bytes ?? 0) - image.length))]);
}

/** Straight from the files, [n, size, size]. */
export async function pixelsOfFiles(samples: readonly Sample[], size: number): Promise<Uint8Array> {
  const parts = samples.map(async ({ path }) => resizeBilinear(await decodeGray(path), size, size).data);
  return Uint8Array.from((await Promise.all(parts)).flatMap((part) => [...part]));
}

/** The cache's file with that ending. */
export function cacheFile(cacheFolder: string, ending: ".pixels" | ".index"): string {
  const folder = join(cacheFolder, "decoded");
  const name = readdirSync(folder).find((candidate) => candidate.endsWith(ending));
  if (name === undefined) throw new Error(`${folder} has no ${ending}`);
  return join(folder, name);
}
