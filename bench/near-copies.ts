// How copies are told from other chest X-rays: the likeness of all pairs of different images, and the share of copies found that are made
// by saving anew, resizing, brightness, cropping, turning and mirroring.
//
//   node dist/bench/near-copies.js --data path/to/chest_xray --copies 300
//
// Appends to bench/results/near-copies.csv; `--kind enlarged` measures copies of that kind alone. Files of equal content count as one image. Takes about ten minutes, most of it for all pairs.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { findCopies } from "../src/dataset/copies/find-copies.js";
import { lookBytes, lookOf } from "../src/dataset/copies/look.js";
import { bitCount, hashLimit, perceptualHashes } from "../src/dataset/copies/perceptual-hash.js";
import { detailsOf, similarity, similarityLimit } from "../src/dataset/copies/similarity.js";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { groupOf } from "../src/dataset/patient-key.js";
import type { Sample } from "../src/dataset/sample.js";
import { readRadiograph } from "../src/images/read-radiograph.js";
import { appendResults, type Row } from "./results-file.js";

type Picture = ReturnType<typeof sharp>;
interface Sides {
  readonly width: number;
  readonly height: number;
}

/** Encodes once, without loss where the copy is not about encoding: a second call for another format would replace the first. */
const asPng = (picture: Picture) => picture.greyscale().png().toBuffer();
const asJpeg = (quality: number) => (picture: Picture) => picture.greyscale().jpeg({ quality }).toBuffer();
const resized =
  (share: number) =>
  (picture: Picture, { width, height }: Sides) =>
    asPng(picture.resize(Math.round(width * share), Math.round(height * share), { fit: "fill" }));
/** Without that share of each side in all, half of it at each end. */
const cropped =
  (share: number) =>
  (picture: Picture, { width, height }: Sides) => {
    const [left, top] = [Math.round((width * share) / 2), Math.round((height * share) / 2)];
    return asPng(picture.extract({ left, top, width: width - 2 * left, height: height - 2 * top }));
  };
const turned = (degrees: number) => (picture: Picture) => asPng(picture.rotate(degrees, { background: "black" }));
const levels = (contrast: number, brightness: number) => (picture: Picture) =>
  asPng(picture.linear(contrast, brightness));

const copies: Readonly<Record<string, (picture: Picture, sides: Sides) => Promise<Buffer>>> = {
  PNG: asPng,
  "JPEG, quality 90": asJpeg(90),
  "JPEG, quality 75": asJpeg(75),
  "JPEG, quality 50": asJpeg(50),
  "resized to 75 %": resized(0.75),
  "resized to 50 %": resized(0.5),
  "enlarged to 400 %": resized(4),
  "resized to 50 %, JPEG, quality 75": (picture, { width, height }) =>
    asJpeg(75)(picture.resize(Math.round(width / 2), Math.round(height / 2), { fit: "fill" })),
  "brighter by 20 levels": levels(1, 20),
  "contrast 120 %": levels(1.2, -25),
  "contrast 70 %": levels(0.7, 20),
  "gamma 1.6": (picture) => asPng(picture.gamma(1.6)),
  "histogram equalised": (picture) => asPng(picture.greyscale().normalise().clahe({ width: 64, height: 64 })),
  "cropped by 2 %": cropped(0.02),
  "cropped by 4 %": cropped(0.04),
  "cropped by 5 %": cropped(0.05),
  "cropped by 10 %": cropped(0.1),
  "turned by 1 degree": turned(1),
  "turned by 2 degrees": turned(2),
  mirrored: (picture) => asPng(picture.flop()),
  inverted: (picture) => asPng(picture.greyscale().negate()),
};

/** What a share of the copies of `samples` is found, and how alike they are. */
async function rowOfCopies(what: string, samples: readonly Sample[]): Promise<Row> {
  const make = copies[what] as (typeof copies)[string];
  const likenesses: number[] = [];
  const distances: number[] = [];
  for (const { path } of samples) {
    const { width, height } = await sharp(path).metadata();
    const original = lookOf((await readRadiograph(path)).image);
    const copy = lookOf((await readRadiograph(await make(sharp(path), { width, height }), { name: what })).image);
    likenesses.push(likenessOf(detailsOf(original), detailsOf(copy)));
    distances.push(distanceOf(original, copy));
  }
  const found = likenesses.filter((value, i) => value >= similarityLimit && (distances[i] as number) <= hashLimit);
  return {
    what: `copy, ${what}`,
    n: samples.length,
    similarity_lowest: at(likenesses, 0).toFixed(3),
    similarity_median: at(likenesses, 0.5).toFixed(3),
    similarity_highest: at(likenesses, 1).toFixed(3),
    bits_highest: at(distances, 1),
    called_copies: found.length,
    share: (found.length / samples.length).toFixed(4),
  };
}

const likenessOf = (a: Float32Array | null, b: Float32Array | null) =>
  a === null || b === null ? 0 : similarity(a, b);

function distanceOf(a: Uint8Array, b: Uint8Array): number {
  const [a0 = 0, a1 = 0] = perceptualHashes(a);
  const [b0 = 0, b1 = 0] = perceptualHashes(b);
  return bitCount(a0 ^ b0) + bitCount(a1 ^ b1);
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}

/** All pairs of different content, by whether one patient is on both. */
function rowsOfPairs(samples: readonly Sample[], looks: Uint8Array): Row[] {
  const hashes = perceptualHashes(looks);
  const details = samples.map((_, i) => detailsOf(looks.subarray(i * lookBytes, (i + 1) * lookBytes)));
  const tallies = { "pairs of different patients": tally(), "pairs of one patient": tally() };
  for (const [a, one] of samples.entries()) {
    for (let b = 0; b < a; b++) {
      const isOne = groupOf(one) === groupOf(samples[b] as Sample);
      const into = tallies[isOne ? "pairs of one patient" : "pairs of different patients"];
      const value = likenessOf(details[a] as Float32Array | null, details[b] as Float32Array | null);
      const word = (i: number, w: number) => hashes[2 * i + w] as number;
      const bits = bitCount(word(a, 0) ^ word(b, 0)) + bitCount(word(a, 1) ^ word(b, 1));
      into.n++;
      into.counts[Math.max(0, Math.floor(value * 100))] =
        (into.counts[Math.max(0, Math.floor(value * 100))] as number) + 1;
      if (value > into.highest) into.highest = value;
      if (bits <= hashLimit) into.close++;
      if (value >= similarityLimit && bits <= hashLimit) into.called++;
    }
  }
  return Object.entries(tallies).map(([what, { n, highest, counts, close, called }]) => ({
    what,
    n,
    similarity_lowest: "",
    similarity_median: "",
    similarity_highest: highest.toFixed(3),
    bits_highest: "",
    called_copies: called,
    share: (called / n).toFixed(8),
    within_hash_limit: close,
    from_0_7: from(counts, 70),
    from_0_75: from(counts, 75),
    from_0_8: from(counts, 80),
  }));
}

const tally = () => ({ n: 0, highest: -1, close: 0, called: 0, counts: new Array<number>(101).fill(0) });
const from = (counts: readonly number[], hundredths: number) => counts.slice(hundredths).reduce((sum, n) => sum + n, 0);

const { values } = parseArgs({
  options: { data: { type: "string" }, copies: { type: "string", default: "300" }, kind: { type: "string" } },
});
if (values.data === undefined) throw new Error("--data: the folder of the published dataset");
const { samples } = await openDataset(values.data);
const images = await loadImages(samples, { cacheFolder: join(tmpdir(), "pneumoscope-bench") });
const groups = findCopies(images);
const [equal, near] = [groups.filter((group) => contents(group) === 1), groups.filter((group) => contents(group) > 1)];
function contents(group: readonly number[]): number {
  return new Set(group.map((i) => images.sha256[i])).size;
}
const firsts = new Set(new Map(images.sha256.map((digest, i) => [digest, i])).values());
const distinct = [...images.loaded.keys()].filter((i) => firsts.has(i));
const looks = Uint8Array.from(distinct.flatMap((i) => [...images.looks.subarray(i * lookBytes, (i + 1) * lookBytes)]));
const of = (what: string, found: typeof groups): Row => ({
  what,
  n: images.loaded.length,
  similarity_lowest: "",
  similarity_median: "",
  similarity_highest: "",
  bits_highest: "",
  called_copies: found.flat().length,
  share: "",
  within_hash_limit: "",
  from_0_7: "",
  from_0_75: "",
  from_0_8: "",
});
const isWhole = values.kind === undefined;
const found = [of(`${equal.length} groups of equal files`, equal), of(`${near.length} groups of near copies`, near)];
const rows: Row[] = isWhole ? found : [];
const every = Math.ceil(samples.length / Number(values.copies));
const copied = samples.filter((_, i) => i % every === 0);
for (const what of Object.keys(copies).filter((name) => name.includes(values.kind ?? ""))) {
  const row = await rowOfCopies(what, copied);
  console.log(row.what, row.similarity_lowest, row.similarity_median, row.bits_highest, row.share);
  rows.push(row);
}
const distinctSamples = distinct.map((i) => images.loaded[i] as Sample);
if (isWhole) rows.push(...rowsOfPairs(distinctSamples, looks));
console.table(rows);
console.log(`appended to ${await appendResults("near-copies", rows)}`);
