// Samples to one block of 8-bit pixels, through a decode cache that notices changed files. A bad image is skipped,
// named and counted; a cache that cannot be written only costs time.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { AppError, messageOf } from "../core/errors.js";
import type { ImageLimits } from "../images/image-limits.js";
import { type ImageWarningCode, imageWarningCatalogue } from "../images/image-warning.js";
import { radiographDecoderVersion, readRadiograph } from "../images/read-radiograph.js";
import { type Interpolation, resize } from "../images/resize.js";
import { inParallel } from "./in-parallel.js";
import { type FileStamp, PixelStore } from "./pixel-store.js";
import type { Sample } from "./sample.js";

export interface LoadOptions {
  /** Side of the square images in pixels; default 224. */
  readonly size?: number;
  /** Default `linear`, as the study resizes. */
  readonly interpolation?: Interpolation;
  /** Where decoded pixels are kept between runs; default `.cache/pneumoscope` in the working folder; null: nowhere. */
  readonly cacheFolder?: string | null;
  /** Images decoded at a time; default: the CPU's cores, at most 8. */
  readonly concurrency?: number;
  readonly limits?: Partial<ImageLimits>;
  /** Called as images become ready, at most about a hundred times. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

export interface LoadProgress {
  readonly done: number;
  readonly total: number;
  /** How many of `done` had to be decoded. */
  readonly decoded: number;
}

export interface LoadedImages {
  /** [n, size, size], 8-bit grey, in the order of `loaded`. */
  readonly pixels: Uint8Array;
  readonly size: number;
  readonly loaded: readonly Sample[];
  /** Of each of `loaded`: codes of what its DICOM file says against using a score, none for JPEG and PNG. */
  readonly warnings: readonly (readonly ImageWarningCode[])[];
  readonly skipped: readonly { readonly sample: Sample; readonly error: AppError }[];
  /** How many came from the cache and how many were decoded; why the cache could not be used, if so. */
  readonly cache: { readonly hits: number; readonly decoded: number; readonly problem?: string };
}

export const defaultCacheFolder = ".cache/pneumoscope";
/** What a kill can cost in decoding. */
const saveEveryMs = 3000;

/**
 * Decodes and resizes images to [n, size, size]; only new and changed files are decoded, the others come from the cache.
 * Images that cannot be read are left out and listed in `skipped`.
 * @throws AppError OPTION_INVALID for a size that is not a whole number from 1 to 4096
 */
export async function loadImages(samples: readonly Sample[], options: LoadOptions = {}): Promise<LoadedImages> {
  const size = options.size ?? 224;
  if (!Number.isInteger(size) || size < 1 || size > 4096) {
    throw new AppError("OPTION_INVALID", `image size: must be a whole number from 1 to 4096. Received ${size}.`);
  }
  const work = new Loading(samples, size, options);
  for (const [root, indices] of byRoot(samples)) await work.load(root, indices);
  return work.finish();
}

/** Dataset root -> positions of its samples: a root has one cache file, whichever of its images are asked for. */
function byRoot(samples: readonly Sample[]): Map<string, number[]> {
  const roots = new Map<string, number[]>();
  for (const [i, { path, name }] of samples.entries()) {
    const root = path.endsWith(name) ? path.slice(0, -name.length) : "";
    const indices = roots.get(root);
    if (indices) indices.push(i);
    else roots.set(root, [i]);
  }
  return roots;
}

class Loading {
  readonly #samples: readonly Sample[];
  readonly #size: number;
  readonly #options: LoadOptions;
  readonly #imageBytes: number;
  readonly #pixels: Uint8Array;
  readonly #errors = new Map<number, AppError>();
  readonly #warnings = new Map<number, readonly ImageWarningCode[]>();
  #hits = 0;
  #decoded = 0;
  #reported = 0;
  #problem: string | undefined;

  constructor(samples: readonly Sample[], size: number, options: LoadOptions) {
    this.#samples = samples;
    this.#size = size;
    this.#options = options;
    this.#imageBytes = size * size;
    this.#pixels = new Uint8Array(samples.length * this.#imageBytes);
  }

  async load(root: string, indices: readonly number[]): Promise<void> {
    const stamps = await this.#stampAll(indices);
    const store = await this.#openStore(root);
    try {
      const missing = store === undefined ? indices : await this.#readStored(store, indices, stamps);
      await this.#decodeAll(store, missing, stamps);
    } finally {
      await store?.close();
    }
  }

  finish(): LoadedImages {
    const loaded: Sample[] = [];
    const warnings: (readonly ImageWarningCode[])[] = [];
    const skipped: { sample: Sample; error: AppError }[] = [];
    for (const [i, sample] of this.#samples.entries()) {
      const error = this.#errors.get(i);
      if (error !== undefined) {
        skipped.push({ sample, error });
        continue;
      }
      const start = i * this.#imageBytes;
      if (loaded.length !== i)
        this.#pixels.copyWithin(loaded.length * this.#imageBytes, start, start + this.#imageBytes);
      loaded.push(sample);
      warnings.push(this.#warnings.get(i) ?? []);
    }
    const cache = { hits: this.#hits, decoded: this.#decoded };
    return {
      pixels: this.#pixels.subarray(0, loaded.length * this.#imageBytes),
      size: this.#size,
      loaded,
      warnings,
      skipped,
      cache: this.#problem === undefined ? cache : { ...cache, problem: this.#problem },
    };
  }

  #slice(index: number, count = 1): Uint8Array {
    return this.#pixels.subarray(index * this.#imageBytes, (index + count) * this.#imageBytes);
  }

  /** Files without a stamp (gone, unreadable) go to the decoder, whose error says why. */
  async #stampAll(indices: readonly number[]): Promise<Map<number, FileStamp>> {
    const stamps = new Map<number, FileStamp>();
    if (this.#options.cacheFolder === null) return stamps;
    await inParallel(indices, 64, async (i) => {
      const status = await stat((this.#samples[i] as Sample).path, { bigint: true }).catch(() => undefined);
      if (status?.isFile()) stamps.set(i, { bytes: Number(status.size), modifiedNs: status.mtimeNs });
    });
    return stamps;
  }

  async #openStore(root: string): Promise<PixelStore | undefined> {
    const { cacheFolder = defaultCacheFolder, interpolation = "linear", limits = {} } = this.#options;
    if (cacheFolder === null) return undefined;
    const settings = JSON.stringify([
      root,
      this.#size,
      interpolation,
      radiographDecoderVersion,
      Object.entries(limits).sort(),
    ]);
    const key = createHash("sha256").update(settings).digest("hex").slice(0, 16);
    try {
      return await PixelStore.open(resolve(cacheFolder), key, this.#imageBytes);
    } catch (thrown) {
      this.#problem = `${cacheFolder}: ${messageOf(thrown)}`;
      return undefined;
    }
  }

  /** Fills in what the store has; gives back the positions that must be decoded. */
  async #readStored(store: PixelStore, indices: readonly number[], stamps: Map<number, FileStamp>): Promise<number[]> {
    const places = new Map<number, number>();
    for (const i of indices) {
      const stamp = stamps.get(i);
      const place = stamp && store.find((this.#samples[i] as Sample).name, stamp);
      if (place !== undefined) places.set(i, place);
    }
    const missing = indices.filter((i) => !places.has(i));
    for (const { start, place, count } of runsOf(places)) {
      await store.read(place, this.#slice(start, count));
      for (let i = start; i < start + count; i++) {
        const { name } = this.#samples[i] as Sample;
        if (store.isIntact(name, this.#slice(i))) {
          this.#hits++;
          this.#warnings.set(i, store.marksOf(name).filter(isWarningCode));
        } else missing.push(i);
      }
      this.#report();
    }
    return missing;
  }

  async #decodeAll(
    store: PixelStore | undefined,
    indices: readonly number[],
    stamps: Map<number, FileStamp>,
  ): Promise<void> {
    let openStore = store;
    let lastSave = performance.now();
    let isSaving = false;
    const giveUpStore = (thrown: unknown) => {
      openStore = undefined;
      this.#problem ??= messageOf(thrown);
    };
    await inParallel(indices, this.#options.concurrency ?? Math.min(8, availableParallelism()), async (i) => {
      const sample = this.#samples[i] as Sample;
      try {
        await this.#decode(i, sample);
      } catch (thrown) {
        this.#errors.set(i, asAppError(thrown, sample.path));
        this.#slice(i).fill(0);
      }
      this.#decoded++;
      this.#report();
      const stamp = stamps.get(i);
      if (stamp === undefined || this.#errors.has(i)) return;
      await openStore?.write(sample.name, stamp, this.#slice(i), this.#warnings.get(i)).catch(giveUpStore);
      if (isSaving || performance.now() - lastSave < saveEveryMs) return;
      isSaving = true; // two savers would write the same temporary file
      await openStore?.save().catch(giveUpStore);
      isSaving = false;
      lastSave = performance.now();
    });
    if (indices.length > this.#errors.size) await openStore?.save().catch(giveUpStore);
  }

  async #decode(index: number, { path }: Sample): Promise<void> {
    const { limits, interpolation = "linear" } = this.#options;
    const { image, warnings } = await readRadiograph(path, limits === undefined ? {} : { limits });
    this.#warnings.set(
      index,
      warnings.map(({ code }) => code),
    );
    this.#slice(index).set(resize(image, this.#size, this.#size, interpolation).data);
  }

  #report(): void {
    const total = this.#samples.length;
    const done = this.#hits + this.#decoded;
    if (done - this.#reported < total / 100 && done !== total) return;
    this.#reported = done;
    this.#options.onProgress?.({ done, total, decoded: this.#decoded });
  }
}

/** Neighbours both in the dataset and in the store are read at once, at most 16 MB at a time at 224x224. */
function* runsOf(places: Map<number, number>): Generator<{ start: number; place: number; count: number }> {
  let run: { start: number; place: number; count: number } | undefined;
  for (const [start, place] of [...places].sort((a, b) => a[0] - b[0])) {
    if (run && run.count < 320 && start === run.start + run.count && place === run.place + run.count) {
      run.count++;
      continue;
    }
    if (run) yield run;
    run = { start, place, count: 1 };
  }
  if (run) yield run;
}

/** Foreign text: the index is a file. */
const isWarningCode = (mark: string): mark is ImageWarningCode => Object.hasOwn(imageWarningCatalogue, mark);

function asAppError(thrown: unknown, path: string): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError("IMAGE_UNREADABLE", `${path}: cannot be decoded: ${messageOf(thrown)}. Replace the file.`, {
    cause: thrown,
  });
}
