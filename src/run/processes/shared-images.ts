// Images that several processes read together: each reads its share and tells the others all of it but the pixels, which
// then travel once, to the process that trains or validates on them, and in the end to the first one.
import type { ErrorCode } from "../../core/error-catalogue.js";
import { AppError, type ErrorFacts, factsOf } from "../../core/errors.js";
import type { CacheUse, LoadedImages } from "../../dataset/load-images.js";
import type { Sample } from "../../dataset/sample.js";
import type { Processes } from "../../tensor/process-group.js";
import { Tensor } from "../../tensor/tensor.js";
import type { PixelArray } from "../../training/image-batch.js";

/** What one process tells of an image that it has read, or why it could not. */
type ToldImage =
  | Pick<LoadedImages, "warnings" | "scope" | "sizes" | "sha256">
  | { readonly error: { readonly code: ErrorCode; readonly facts: ErrorFacts } };

interface ToldImages {
  readonly images: readonly ToldImage[];
  /** Base64. */
  readonly looks: string;
  readonly cache: CacheUse;
}

/** The samples that a process reads. */
export const shareOfSamples = (samples: readonly Sample[], { rank, size }: Processes): readonly Sample[] =>
  samples.filter((_, i) => i % size === rank);

/**
 * Every sample's image as `loadImages` gives them, of which each process has read a share: pixels of this one's only.
 * @param point as of `meet`
 */
export async function loadTogether(
  samples: readonly Sample[],
  processes: Processes,
  point: string,
  load: (samples: readonly Sample[]) => Promise<LoadedImages>,
): Promise<LoadedImages> {
  if (processes.size === 1) return load(samples);
  const own = await load(shareOfSamples(samples, processes));
  await processes.meet(point);
  const texts = await processes.texts(JSON.stringify(toldOf(own, shareOfSamples(samples, processes))));
  return joined(
    samples,
    texts.map((text) => JSON.parse(text) as ToldImages),
    processes.rank,
    own,
  );
}

function toldOf(own: LoadedImages, samples: readonly Sample[]): ToldImages {
  const errors = new Map(own.skipped.map(({ sample, error }) => [sample, error]));
  let row = 0;
  const images = samples.map((sample): ToldImage => {
    const error = errors.get(sample);
    if (error !== undefined) return { error: { code: error.code, facts: factsOf(error) } };
    const one = <T>(values: readonly T[]) => values.slice(row, row + 1);
    const told = { warnings: one(own.warnings), scope: one(own.scope), sizes: one(own.sizes), sha256: one(own.sha256) };
    row++;
    return told;
  });
  return { images, looks: Buffer.from(own.looks).toString("base64"), cache: own.cache };
}

function joined(
  samples: readonly Sample[],
  told: readonly ToldImages[],
  rank: number,
  { pixels, size }: LoadedImages,
): LoadedImages {
  const loaded: Sample[] = [];
  const skipped: { sample: Sample; error: AppError }[] = [];
  const facts: Exclude<ToldImage, { error: unknown }>[] = [];
  const holders: number[] = [];
  const rows: number[] = [];
  const read = told.map(() => 0);
  for (const [i, sample] of samples.entries()) {
    const holder = i % told.length;
    const image = told[holder]?.images[Math.floor(i / told.length)] as ToldImage;
    if ("error" in image) {
      skipped.push({ sample, error: new AppError(image.error.code, image.error.facts) });
      continue;
    }
    loaded.push(sample);
    facts.push(image);
    holders.push(holder);
    const row = read[holder] as number;
    rows.push(holder === rank ? row : -1);
    read[holder] = row + 1;
  }
  const problems = told.flatMap(({ cache }) => cache.problem ?? []);
  const sum = (of: (cache: CacheUse) => number) => told.reduce((total, { cache }) => total + of(cache), 0);
  return {
    pixels,
    size,
    rows: Int32Array.from(rows),
    holders: Int32Array.from(holders),
    loaded,
    warnings: facts.flatMap(({ warnings }) => warnings),
    scope: facts.flatMap(({ scope }) => scope),
    sizes: facts.flatMap(({ sizes }) => sizes),
    sha256: facts.flatMap(({ sha256 }) => sha256),
    looks: joinedLooks(told, holders),
    skipped,
    cache: {
      hits: sum(({ hits }) => hits),
      compared: sum(({ compared }) => compared),
      decoded: sum(({ decoded }) => decoded),
      ...(problems[0] !== undefined && { problem: problems[0] }),
    },
  };
}

function joinedLooks(told: readonly ToldImages[], holders: readonly number[]): Uint8Array {
  const looks = told.map(({ looks }) => Buffer.from(looks, "base64"));
  const bytes = looks.reduce((sum, { length }) => sum + length, 0) / Math.max(1, holders.length);
  const all = new Uint8Array(bytes * holders.length);
  const next = told.map(() => 0);
  for (const [i, holder] of holders.entries()) {
    const start = next[holder] as number;
    all.set((looks[holder] as Buffer).subarray(start, start + bytes), i * bytes);
    next[holder] = start + bytes;
  }
  return all;
}

/** Images whose pixels lie with several processes. */
export type HeldImages = PixelArray & Pick<LoadedImages, "holders">;

/** What travels at a time, in all. */
const bytesAtATime = 64 * 2 ** 20;

/**
 * Brings pixels to the processes that need them; what has no new place is left out.
 * @param ownerOf by image: the process to which it goes, or -1
 */
export async function movedImages(
  images: HeldImages,
  processes: Processes,
  ownerOf: Int32Array,
): Promise<HeldImages & { readonly rows: Int32Array; readonly holders: Int32Array }> {
  const { rank, size } = processes;
  const bytes = images.size ** 2;
  const wanted = [...ownerOf.keys()].filter((image) => (ownerOf[image] as number) >= 0);
  const rows = new Int32Array(ownerOf.length).fill(-1);
  let owned = 0;
  for (const image of wanted) if (ownerOf[image] === rank) rows[image] = owned++;
  const pixels = new Uint8Array(owned * bytes);
  const holders = images.holders as Int32Array; // every caller has some
  const step = Math.max(1, Math.floor(bytesAtATime / bytes));
  for (let start = 0; start < wanted.length; start += step) {
    const some = wanted.slice(start, start + step);
    const byProcess = (of: (image: number) => number) =>
      Array.from({ length: size }, (_, process) => some.filter((image) => of(image) === process));
    const sent = byProcess((image) => (holders[image] === rank ? (ownerOf[image] as number) : -1));
    const received = byProcess((image) => (ownerOf[image] === rank ? (holders[image] as number) : -1));
    const taken = await exchanged(images, sent, received, processes);
    for (const [i, image] of received.flat().entries()) {
      pixels.set(taken.subarray(i * bytes, (i + 1) * bytes), (rows[image] as number) * bytes);
    }
  }
  return { pixels, size: images.size, rows, holders: ownerOf };
}

/** Pixels [n, bytes] of the images in `received`, by sender. */
async function exchanged(
  { pixels, size, rows }: HeldImages,
  sent: readonly (readonly number[])[],
  received: readonly (readonly number[])[],
  processes: Processes,
): Promise<Uint8Array> {
  const bytes = size ** 2;
  const leaving = new Uint8Array(sent.flat().length * bytes);
  for (const [i, image] of sent.flat().entries()) {
    const row = rows?.[image] as number;
    leaving.set(pixels.subarray(row * bytes, (row + 1) * bytes), i * bytes);
  }
  const count = (lists: readonly (readonly number[])[]) => lists.map(({ length }) => length);
  const coming = received.flat().length;
  const output = Tensor.fromArray(new Uint8Array(coming * bytes), [coming, bytes]);
  const input = Tensor.fromArray(leaving, [leaving.length / bytes, bytes]);
  try {
    await processes.beginExchange(input, count(sent), output, count(received)).ended();
    return output.toUint8();
  } finally {
    input.dispose();
    output.dispose();
  }
}

/** Images as they are known everywhere, with the pixels of all in process 0 and none elsewhere. */
export async function broughtToFirst<Images extends HeldImages>(
  images: Images,
  processes: Processes,
  count: number,
): Promise<Images> {
  if (processes.size === 1) return images;
  const moved = await movedImages(images, processes, new Int32Array(count));
  // In process 0 every image's row is its position now.
  return { ...images, ...moved, rows: undefined, holders: undefined };
}
