// A part of many images, so that several machines score them: part 2 of 8 is the second eighth in their order, and what the parts put
// out, one after the other, is what all images put out together.
import { checkArgument, checkOptions, wholeNumber } from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import type { FoundImages } from "./classifier.js";

/** One part of several; counted from 1. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

const mostShards = 1_000_000;

/**
 * The shard that a text such as "2/8" names; undefined for any other.
 *
 * @example
 * console.log(parseShard("2/8")); // { number: 2, of: 8 }
 */
export function parseShard(text: string): Shard | undefined {
  const [, number, of] = (/^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? []).map(Number);
  if (number === undefined || of === undefined) return undefined;
  return number >= 1 && number <= of && of <= mostShards ? { number, of } : undefined;
}

/**
 * The images of one shard. Shards differ by one batch at most, and divide between batches: which images go through the network together
 * may change the last digit of a score.
 * @param images what `findImages` gave, all of them
 * @param shard which of how many, 1 to a million
 * @param options `batchSize` as `predict` gets it; default 4
 *
 * @example
 * const images = shardOf(await findImages(["scans/"]), { number: 2, of: 8 });
 * console.log(images.count, images.range);
 *
 * @throws AppError OPTION_INVALID
 */
export function shardOf(
  images: FoundImages,
  shard: Shard,
  options: { readonly batchSize?: number | undefined } = {},
): FoundImages {
  const { number, of } = shard;
  checkOptions("shardOf", options, { batchSize: wholeNumber(1, 1024) });
  checkArgument("shard.of", of, wholeNumber(1, mostShards));
  checkArgument("shard.number", number, wholeNumber(1, of));
  if (images.range !== undefined) {
    const rule = "all images are divided at once";
    throw new AppError("OPTION_INVALID", {
      place: "images",
      rule,
      received: "a part of some",
      remedy: "Name its shard",
    });
  }
  const { batchSize = 4 } = options;
  const batches = Math.ceil(images.count / batchSize);
  // Rounded up, so that the first shard is never empty: it alone begins at 0, and has the header.
  const endOf = (part: number) => Math.min(images.count, Math.ceil((part * batches) / of) * batchSize);
  return partOf(images, endOf(number - 1), endOf(number));
}

/** Those at `from` and after, before `to`, counted in the whole. */
export const partOf = (images: FoundImages, from: number, to: number): FoundImages => ({
  ...images,
  count: to - from,
  range: { from, to },
});

/** Passes over what lies outside of the range; files named twice count once. */
export async function* inRange<File extends object>(
  files: AsyncIterable<File>,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<File> {
  let at = 0;
  if (from === to) return;
  for await (const file of files) {
    if ("kind" in file && file.kind === "repeated") continue;
    if (at >= from) yield file;
    at++;
    if (at === to) return;
  }
}
