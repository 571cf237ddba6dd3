// Decoding and resizing against real OpenCV (test/golden/make/opencv_images.py made the files).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { decodeGray } from "./decode-gray.js";
import type { GrayImage } from "./gray-image.js";
import { type Interpolation, resize } from "./resize.js";

interface Packed {
  readonly width: number;
  readonly height: number;
  readonly pixels: string;
}

interface ResizeGolden {
  readonly sources: Record<string, Packed>;
  /** INTER_AREA on images whose pixel (y, x) is (37 y + 101 x) mod 256, by the sums of rows and columns. */
  readonly areas: readonly {
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
    readonly rows: readonly number[];
    readonly columns: readonly number[];
  }[];
  readonly cases: readonly (Packed & { readonly source: string; readonly interpolation: Interpolation })[];
}

const readJson = <T>(name: string) => JSON.parse(readFileSync(golden("opencv", name), "utf8")) as T;
const unpack = ({ width, height, pixels }: Packed): GrayImage => ({
  width,
  height,
  data: new Uint8Array(Buffer.from(pixels, "base64")),
});

function largestDifference(actual: GrayImage, expected: GrayImage): number {
  assert.deepEqual([actual.width, actual.height], [expected.width, expected.height]);
  return expected.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual.data[i] as number))), 0);
}

const decoded = readJson<{ images: Record<string, Packed> }>("decode.json").images;

for (const [name, packed] of Object.entries(decoded)) {
  test(`${name} decodes as OpenCV decodes it`, async () => {
    const expected = unpack(packed);
    const fromFile = await decodeGray(golden("opencv", name));
    assert.equal(largestDifference(fromFile, expected), 0);
    assert.deepEqual(await decodeGray(readFileSync(golden("opencv", name))), fromFile);
  });
}

const resized = readJson<ResizeGolden>("resize.json");
// INTER_AREA adds in single precision, and OpenCV's vectorised order of additions is not ours.
const resizeTolerance = { linear: 0, area: 1 };

for (const { source, interpolation, ...packed } of resized.cases) {
  test(`${source} image to ${packed.width}x${packed.height}, ${interpolation}, resizes as OpenCV resizes it`, () => {
    const image = unpack(resized.sources[source] as Packed);
    const actual = resize(image, packed.width, packed.height, interpolation);
    assert.ok(largestDifference(actual, unpack(packed)) <= resizeTolerance[interpolation]);
  });
}

test("INTER_AREA takes OpenCV's source rows and columns in 80 shapes", () => {
  for (const { from, to, rows, columns } of resized.areas) {
    const [height, width] = from;
    const data = Uint8Array.from({ length: height * width }, (_, i) => 37 * Math.floor(i / width) + 101 * (i % width));
    const [toHeight, toWidth] = to;
    const actual = resize({ width, height, data }, toWidth, toHeight, "area").data;
    const difference = (sums: readonly number[], line: (i: number) => Uint8Array) =>
      Math.max(
        ...sums.map((sum, i) => Math.abs(sum - line(i).reduce((total, value) => total + value, 0)) / line(i).length),
      );
    const row = (y: number) => actual.subarray(y * toWidth, (y + 1) * toWidth);
    const column = (x: number) => Uint8Array.from({ length: toHeight }, (_, y) => actual[y * toWidth + x] as number);
    assert.ok(difference(rows, row) <= 0.5, `rows of ${from} to ${to}`);
    assert.ok(difference(columns, column) <= 0.5, `columns of ${from} to ${to}`);
  }
});
