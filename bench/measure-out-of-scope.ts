// How often the scope check flags radiographs, and how often it flags what is none, with 95 % intervals:
//
//   node dist/bench/measure-out-of-scope.js path/to/chest_xray --in native=path/to/folder --out photos=path/to/folder …
//
// The 624 test images are read as they are and in the ways they come out wrong; noise and blank images are made here.
// `--in` and `--out` name folders of JPEG and PNG files. Appends to bench/results/out-of-scope.csv.
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../src/core/random.js";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { proportion } from "../src/evaluation/wilson.js";
import { decodeGray } from "../src/images/decode-gray.js";
import type { GrayImage } from "../src/images/gray-image.js";
import { isImageName } from "../src/images/image-name.js";
import { checkScope, scopeCodes } from "../src/images/out-of-scope/check-scope.js";
import { resizeBilinear } from "../src/images/resize.js";
import { appendResults, type Row } from "./results-file.js";

const size = 224;
const made = 200;

type Change = (image: GrayImage) => GrayImage;

/** The image whose pixel (y, x) is the source's at `from`. */
const moved =
  (from: (y: number, x: number) => readonly [number, number]): Change =>
  (image) => {
    const data = new Uint8Array(size * size);
    for (let i = 0; i < data.length; i++) {
      const [y, x] = from(Math.floor(i / size), i % size);
      data[i] = image.data[y * size + x] as number;
    }
    return { width: size, height: size, data };
  };

const cropped =
  (side: number): Change =>
  (image) => {
    const start = (size - side) >> 1;
    const data = new Uint8Array(side * side);
    for (let y = 0; y < side; y++) {
      const row = (start + y) * size + start;
      data.set(image.data.subarray(row, row + side), y * side);
    }
    return resizeBilinear({ width: side, height: side, data }, size, size);
  };

const last = size - 1;
const changes: readonly (readonly [name: string, kind: "in" | "out", change: Change])[] = [
  ["as it is", "in", (image) => image],
  ["mirrored", "in", moved((y, x) => [y, last - x])],
  ["middle 80 %", "in", cropped(Math.round(size * 0.8))],
  ["inverted", "out", (image) => ({ ...image, data: image.data.map((value) => 255 - value) })],
  ["upside down (180 degrees)", "out", moved((y, x) => [last - y, last - x])],
  ["flipped top to bottom", "out", moved((y, x) => [last - y, x])],
  ["turned left (90 degrees)", "out", moved((y, x) => [x, last - y])],
  ["turned right (90 degrees)", "out", moved((y, x) => [last - x, y])],
  ["middle 50 %", "out", cropped(size / 2)],
];

function rowOf(name: string, kind: "in" | "out", images: readonly GrayImage[]): Row {
  const checks = images.map(checkScope);
  const flagged = checks.filter(({ inScope }) => !inScope).length;
  const { value, interval } = proportion(flagged, images.length);
  const countOf = (code: string) => checks.filter(({ findings }) => findings.some((one) => one.code === code)).length;
  const row = {
    images: name,
    scope: kind,
    n: images.length,
    flagged,
    rate: (value ?? 0).toFixed(4),
    rate_low: (interval?.low ?? 0).toFixed(4),
    rate_high: (interval?.high ?? 1).toFixed(4),
    ...Object.fromEntries(scopeCodes.map((code) => [code.toLowerCase(), countOf(code)])),
  };
  console.log(`${name} (${kind}): ${flagged} of ${images.length} flagged`);
  return row;
}

async function testImages(folder: string): Promise<GrayImage[]> {
  const { samples } = await openDataset(folder);
  const test = samples.filter(({ split }) => split === "test");
  const { loaded, pixels } = await loadImages(test, { size, cacheFolder: join(tmpdir(), "pneumoscope-bench") });
  return loaded.map((_, i) => ({
    width: size,
    height: size,
    data: pixels.subarray(i * size * size, (i + 1) * size * size),
  }));
}

async function imagesBelow(folder: string): Promise<GrayImage[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && isImageName(entry.name));
  const images: GrayImage[] = [];
  for (const { parentPath, name } of paths) images.push(await decodeGray(join(parentPath, name)));
  return images;
}

function noise(cellSide: number): GrayImage[] {
  const random = Random.of("scope noise", cellSide);
  const side = Math.ceil(size / cellSide);
  return Array.from({ length: made }, () => {
    const data = Uint8Array.from({ length: side * side }, () => random.integer(256));
    return resizeBilinear({ width: side, height: side, data }, size, size);
  });
}

function blank(): GrayImage[] {
  const random = Random.of("scope blank");
  return Array.from({ length: made }, () => {
    const level = random.integer(256);
    const data = Uint8Array.from({ length: size * size }, () => level + Math.round(random.normal(0, 2)));
    return { width: size, height: size, data };
  });
}

const { values, positionals } = parseArgs({
  options: { in: { type: "string", multiple: true }, out: { type: "string", multiple: true } },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name the dataset's folder");
const test = await testImages(folder);
const start = process.cpuUsage();
for (const image of test) checkScope(image);
const { user, system } = process.cpuUsage(start);
const checkMs = (user + system) / 1000 / test.length;
const rows = changes.map(([name, kind, change]) => rowOf(`test images, ${name}`, kind, test.map(change)));
rows.push(rowOf("noise, single pixels", "out", noise(1)), rowOf("noise, blots of 32 pixels", "out", noise(32)));
rows.push(rowOf("blank with faint noise", "out", blank()));
for (const kind of ["in", "out"] as const) {
  for (const named of values[kind] ?? []) {
    const [name = "", path = ""] = named.split("=");
    rows.push(rowOf(name, kind, await imagesBelow(path)));
  }
}
console.log(`${checkMs.toFixed(2)} ms of processor time for one image of ${size}x${size}`);
console.log(`appended to ${await appendResults("out-of-scope", rows)}`);
