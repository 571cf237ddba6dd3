// Samples to one block of 8-bit pixels, through a decode cache that knows images by the content of their files. A bad
// image is skipped, named and counted; a cache that cannot be written only costs time.
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { AppError, messageOf } from "../core/errors.js";
import { defaultImageLimits, type ImageLimits } from "../images/image-limits.js";
import { type ImageWarningCode, imageWarningCatalogue, imageWarningsVersion } from "../images/image-warning.js";
import { checkScope, type ScopeCode, scopeCodes, scopeVersion, scopeView } from "../images/out-of-scope/check-scope.js";
import { radiographDecoderVersion, readRadiograph } from "../images/read-radiograph.js";
import { type Interpolation, resize, resizeVersion } from "../images/resize.js";
import { lookBytes, lookOf, lookVersion } from "./copies/look.js";
import { type FileContent, readStamped, stampFile } from "./file-stamp.js";
import { inParallel } from "./in-parallel.js";
import { type CacheWriter, PixelStore } from "./pixel-store.js";
import type { Sample } from "./sample.js";

export interface LoadOptions {
  /** Side of the square images in pixels; default 224. */
  readonly size?: number;
  /** Default `linear`, as the study resizes. */
  readonly interpolation?: Interpolation;
  /**
   * Where decoded pixels are kept between runs, in a folder `decoded` that only its owner can read; default
   * `.cache/pneumoscope` in the working folder; null: nowhere.
   */
  readonly cacheFolder?: string | null;
  /** Which of the processes that fill this cache at once this one is; default: the only one. */
  readonly writer?: CacheWriter | undefined;
  /** Images decoded at a time; default: the CPU's cores, at most 8. */
  readonly concurrency?: number;
  readonly limits?: Partial<ImageLimits> | undefined;
  /** Whether images are looked at for what models do not read; default not: it takes a millisecond each. */
  readonly checksScope?: boolean;
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number;
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
  /** [n, size, size], 8-bit grey, in the order of `loaded`, or where `rows` says. */
  readonly pixels: Uint8Array;
  readonly size: number;
  /** Of each of `loaded`: its row in `pixels`, -1 where another process has read it. Absent where all were read here. */
  readonly rows?: Int32Array | undefined;
  /** Of each of `loaded`: which process has read it. */
  readonly holders?: Int32Array | undefined;
  readonly loaded: readonly Sample[];
  /** Of each of `loaded`: codes of what its DICOM file says against using a score, none for JPEG and PNG. */
  readonly warnings: readonly (readonly ImageWarningCode[])[];
  /** Of each of `loaded`: what the scope check flags it for, on the pixels that `predict` shows it; empty unless asked for. */
  readonly scope: readonly (readonly ScopeCode[])[];
  readonly skipped: readonly { readonly sample: Sample; readonly error: AppError }[];
  /** [n, 32, 32], 8-bit grey: each of `loaded` as copies are told by it, whatever `size` is. */
  readonly looks: Uint8Array;
  /** Of each of `loaded`: its width and height in pixels before it was resized. */
  readonly sizes: readonly ImageSize[];
  /** Of each of `loaded`: sha256 of the bytes that its pixels were decoded from, hexadecimal. */
  readonly sha256: readonly string[];
  readonly cache: CacheUse;
}

/** Width and height in pixels, upright. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export interface CacheUse {
  /** How many images came from the cache. */
  readonly hits: number;
  /** Of these, how many whose file had to be read to tell that its content is the same. */
  readonly compared: number;
  readonly decoded: number;
  /** Why the cache could not be used, if so. */
  readonly problem?: string;
}

export const defaultCacheFolder = ".cache/pneumoscope";
/** What made the pixels and warnings that a cache holds: others are decoded anew. */
const madeBy = [radiographDecoderVersion, resizeVersion, lookVersion, imageWarningsVersion, scopeVersion].join("; ");
/** Marks an image that was looked at, whatever it was flagged for. */
const scopeMark = "scope checked";
/** How large the image was: "1024x768 pixels". Caches of versions that did not keep it are decoded anew. */
const sizeMark = /^([1-9]\d{0,8})x([1-9]\d{0,8}) pixels$/;
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
    throw new AppError("OPTION_INVALID", {
      place: "image size",
      rule: "must be a whole number from 1 to 4096",
      received: `${size}`,
    });
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
  readonly #pixelBytes: number;
  /** Of one image: its pixels, then its look, as the cache keeps them. */
  readonly #imageBytes: number;
  readonly #images: Uint8Array;
  readonly #errors = new Map<number, AppError>();
  readonly #warnings = new Map<number, readonly ImageWarningCode[]>();
  readonly #scope = new Map<number, readonly ScopeCode[]>();
  readonly #sizes = new Map<number, ImageSize>();
  readonly #sha256 = new Map<number, string>();
  /** Of the root that is being loaded, as long as it can be used. */
  #store: PixelStore | undefined;
  #hits = 0;
  #compared = 0;
  #decoded = 0;
  #reported = 0;
  #problem: string | undefined;

  constructor(samples: readonly Sample[], size: number, options: LoadOptions) {
    this.#samples = samples;
    this.#size = size;
    this.#options = options;
    this.#pixelBytes = size * size;
    this.#imageBytes = this.#pixelBytes + lookBytes;
    this.#images = new Uint8Array(samples.length * this.#imageBytes);
  }

  async load(root: string, indices: readonly number[]): Promise<void> {
    const store = await this.#openStore(root);
    this.#store = store;
    try {
      await this.#loadByContent(store === undefined ? indices : await this.#loadKnown(store, indices));
    } finally {
      await store?.close();
    }
  }

  finish(): LoadedImages {
    const loaded: Sample[] = [];
    const warnings: (readonly ImageWarningCode[])[] = [];
    const scope: (readonly ScopeCode[])[] = [];
    const sizes: ImageSize[] = [];
    const sha256: string[] = [];
    const skipped: { sample: Sample; error: AppError }[] = [];
    const looks = new Uint8Array((this.#samples.length - this.#errors.size) * lookBytes);
    for (const [i, sample] of this.#samples.entries()) {
      const error = this.#errors.get(i);
      if (error !== undefined) {
        skipped.push({ sample, error });
        continue;
      }
      const start = i * this.#imageBytes;
      const end = start + this.#pixelBytes;
      looks.set(this.#images.subarray(end, end + lookBytes), loaded.length * lookBytes);
      this.#images.copyWithin(loaded.length * this.#pixelBytes, start, end); // never onto an image that is still to come
      loaded.push(sample);
      warnings.push(this.#warnings.get(i) ?? []);
      scope.push(this.#scope.get(i) ?? []);
      sizes.push(this.#sizeOf(i));
      sha256.push(this.#sha256.get(i) as string); // every loaded image has its own
    }
    const cache = { hits: this.#hits, compared: this.#compared, decoded: this.#decoded };
    return {
      pixels: this.#images.subarray(0, loaded.length * this.#pixelBytes),
      size: this.#size,
      loaded,
      warnings,
      scope,
      looks,
      sizes,
      sha256,
      skipped,
      cache: this.#problem === undefined ? cache : { ...cache, problem: this.#problem },
    };
  }

  #slice(index: number, count = 1): Uint8Array {
    return this.#images.subarray(index * this.#imageBytes, (index + count) * this.#imageBytes);
  }

  async #openStore(root: string): Promise<PixelStore | undefined> {
    const { cacheFolder = defaultCacheFolder, interpolation = "linear", limits = {} } = this.#options;
    if (cacheFolder === null) return undefined;
    const own = Object.entries(limits).filter(
      ([name, value]) => value !== defaultImageLimits[name as keyof ImageLimits],
    );
    const settings = JSON.stringify([root, this.#size, interpolation, own.sort()]);
    const key = createHash("sha256").update(settings).digest("hex").slice(0, 16);
    try {
      const kind = { madeBy, imageBytes: this.#imageBytes };
      return await PixelStore.open(resolve(cacheFolder), key, kind, this.#options.writer);
    } catch (thrown) {
      this.#problem = `${cacheFolder}: ${messageOf(thrown)}`;
      return undefined;
    }
  }

  /** Fills in the images of files that are as they were; gives back the positions of the others. */
  async #loadKnown(store: PixelStore, indices: readonly number[]): Promise<number[]> {
    const places = new Map<number, number>();
    await inParallel(indices, 64, async (i) => {
      const { path, name } = this.#samples[i] as Sample;
      const stamp = await stampFile(path);
      const sha256 = stamp === undefined ? undefined : store.contentOf(name, stamp.text);
      const place = sha256 === undefined ? undefined : store.find(sha256);
      if (sha256 === undefined || place === undefined) return;
      this.#sha256.set(i, sha256);
      places.set(i, place);
    });
    const unknown = indices.filter((i) => !places.has(i));
    for (const { start, place, count } of runsOf(places)) {
      await store.read(place, this.#slice(start, count));
      for (let i = start; i < start + count; i++) if (!this.#takeRead(store, i)) unknown.push(i);
      this.#report();
    }
    return unknown;
  }

  /** Takes pixels that were just read from the store, and their warnings, if they are whole. */
  #takeRead(store: PixelStore, index: number): boolean {
    const sha256 = this.#sha256.get(index) as string; // set by both callers
    const marks = store.marksOf(sha256);
    const size = marks.flatMap(markedSize)[0];
    const isKnown = marks.every(
      (mark) => isWarningCode(mark) || isScopeCode(mark) || mark === scopeMark || sizeMark.test(mark),
    );
    if (!isKnown || size === undefined || !store.isIntact(sha256, this.#slice(index))) return false;
    if (this.#options.checksScope === true && !marks.includes(scopeMark)) return false;
    this.#sizes.set(index, size);
    this.#warnings.set(index, marks.filter(isWarningCode));
    if (this.#options.checksScope === true) this.#scope.set(index, marks.filter(isScopeCode));
    this.#hits++;
    return true;
  }

  /** Reads the files, and decodes those whose content the store does not have. */
  async #loadByContent(indices: readonly number[]): Promise<void> {
    let lastSave = performance.now();
    let isSaving = false;
    await inParallel(indices, this.#options.concurrency ?? Math.min(8, availableParallelism()), async (i) => {
      const sample = this.#samples[i] as Sample;
      try {
        await this.#loadFile(i, sample);
      } catch (thrown) {
        this.#errors.set(i, asAppError(thrown, sample.path));
        this.#slice(i).fill(0);
        this.#decoded++;
      }
      this.#report();
      if (isSaving || performance.now() - lastSave < saveEveryMs) return;
      isSaving = true; // two savers would write the same temporary file
      await this.#tryStore((store) => store.save());
      isSaving = false;
      lastSave = performance.now();
    });
    await this.#tryStore((store) => store.save());
  }

  async #loadFile(index: number, { path, name }: Sample): Promise<void> {
    const { limits, now = Date.now } = this.#options;
    const content = await readStamped(path, { ...defaultImageLimits, ...limits }, now);
    const { sha256, stamp } = content;
    this.#sha256.set(index, sha256);
    if (await this.#takeStored(index, sha256)) this.#compared++;
    else {
      await this.#decode(index, path, content);
      await this.#tryStore((store) => store.write(sha256, this.#slice(index), this.#marksOf(index)));
      this.#decoded++;
    }
    await this.#tryStore(async (store) => store.remember(name, sha256, stamp));
  }

  async #takeStored(index: number, sha256: string): Promise<boolean> {
    const store = this.#store;
    const place = store?.find(sha256);
    if (store === undefined || place === undefined) return false;
    await store.read(place, this.#slice(index));
    return this.#takeRead(store, index);
  }

  /** A store that fails is not used any more. */
  async #tryStore(action: (store: PixelStore) => Promise<void>): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    await action(store).catch((thrown: unknown) => {
      this.#store = undefined;
      this.#problem ??= messageOf(thrown);
    });
  }

  async #decode(index: number, path: string, { bytes }: FileContent): Promise<void> {
    const { limits, interpolation = "linear" } = this.#options;
    const { image, warnings } = await readRadiograph(bytes, { name: path, ...(limits && { limits }) });
    this.#sizes.set(index, { width: image.width, height: image.height });
    this.#warnings.set(
      index,
      warnings.map(({ code }) => code),
    );
    const resized = resize(image, this.#size, this.#size, interpolation);
    this.#slice(index).set(resized.data);
    this.#slice(index).set(lookOf(image), this.#pixelBytes);
    if (this.#options.checksScope !== true) return;
    const { findings } = checkScope(scopeView(image, resized, interpolation));
    this.#scope.set(
      index,
      findings.map(({ code }) => code),
    );
  }

  #marksOf(index: number): readonly string[] {
    const scope = this.#scope.get(index);
    const { width, height } = this.#sizeOf(index);
    return [
      `${width}x${height} pixels`,
      ...(this.#warnings.get(index) ?? []),
      ...(scope === undefined ? [] : [scopeMark, ...scope]),
    ];
  }

  /** Of an image that was decoded or found. */
  #sizeOf(index: number): ImageSize {
    return this.#sizes.get(index) as ImageSize;
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

function markedSize(mark: string): ImageSize[] {
  const found = sizeMark.exec(mark);
  return found === null ? [] : [{ width: Number(found[1]), height: Number(found[2]) }];
}

/** Foreign text: the index is a file. */
const isScopeCode = (mark: string): mark is ScopeCode => scopeCodes.some((code) => code === mark);

const isWarningCode = (mark: string): mark is ImageWarningCode => Object.hasOwn(imageWarningCatalogue, mark);

function asAppError(thrown: unknown, path: string): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError(
    "IMAGE_UNREADABLE",
    { place: path, rule: `cannot be decoded: ${messageOf(thrown)}`, remedy: "Replace the file" },
    { cause: thrown },
  );
}
