import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../../test/support/paths.js";
import { Random } from "../../core/random.js";
import { type AffineMatrix, drawTransform, inverseAffine, studyGeometry, type Transform } from "./geometry.js";

/** Keras' names. */
interface KerasTransform {
  readonly theta: number;
  readonly tx: number;
  readonly ty: number;
  readonly zx: number;
  readonly zy: number;
  readonly flip_horizontal: boolean;
}

interface Warps {
  readonly size: number;
  readonly image: string;
  readonly cases: readonly { readonly parameters: KerasTransform; readonly pixels: string }[];
}

type Name = "theta" | "tx" | "ty" | "zx" | "zy";
interface Draws {
  readonly count: number;
  readonly size: number;
  readonly probabilities: readonly number[];
  readonly quantiles: Readonly<Record<Name, readonly number[]>>;
}

const readGolden = (name: string) => JSON.parse(readFileSync(golden("keras-augmentation", name), "utf8"));
const warps: Warps = readGolden("warps.json");
const draws: Draws = readGolden("draws.json");

function pixelsOf(packed: string): Float64Array {
  const bytes = Buffer.from(packed, "base64");
  return Float64Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16LE(index * 2) / 256);
}

function fromKeras(given: KerasTransform): Transform {
  return {
    rotationDegrees: given.theta,
    shiftX: given.tx,
    shiftY: given.ty,
    zoomX: given.zx,
    zoomY: given.zy,
    flip: given.flip_horizontal,
  };
}

/** torch's affine_grid_generator and grid_sampler (bilinear, border, align_corners = false) in plain loops. */
function gridSample(image: Float64Array, height: number, width: number, matrix: AffineMatrix): Float64Array {
  const [xx, xy, x1, yx, yy, y1] = matrix;
  const clamp = (value: number, size: number) => Math.min(size - 1, Math.max(0, value));
  const at = (row: number, column: number) => image[clamp(row, height) * width + clamp(column, width)] ?? Number.NaN;
  return Float64Array.from({ length: height * width }, (_, index) => {
    const x = (2 * (index % width) + 1) / width - 1;
    const y = (2 * Math.floor(index / width) + 1) / height - 1;
    const column = clamp(((xx * x + xy * y + x1 + 1) * width - 1) / 2, width);
    const row = clamp(((yx * x + yy * y + y1 + 1) * height - 1) / 2, height);
    const [r, c] = [Math.floor(row), Math.floor(column)];
    const top = at(r, c) * (c + 1 - column) + at(r, c + 1) * (column - c);
    const bottom = at(r + 1, c) * (c + 1 - column) + at(r + 1, c + 1) * (column - c);
    return top * (r + 1 - row) + bottom * (row - r);
  });
}

for (const { parameters, pixels } of warps.cases) {
  test(`a grid sampler with our matrix warps as Keras does: ${JSON.stringify(parameters)}`, () => {
    const { size } = warps;
    const ours = gridSample(pixelsOf(warps.image), size, size, inverseAffine(fromKeras(parameters), size, size));
    const theirs = pixelsOf(pixels);
    const worst = ours.reduce((max, value, index) => Math.max(max, Math.abs(value - (theirs[index] ?? Number.NaN))), 0);
    // Every pixel, the border included. The golden values are rounded to 1/256 and were computed in float32.
    assert.ok(worst < 0.01, `differs by ${worst} grey levels`);
  });
}

test("on an image that is not square, rotation stays a rotation about the centre in pixels", () => {
  const [height, width] = [20, 40];
  const quarter: Transform = { rotationDegrees: 90, shiftX: 0, shiftY: 0, zoomX: 1, zoomY: 1, flip: false };
  const [xx, xy, x1, yx, yy, y1] = inverseAffine(quarter, height, width);
  // 5 pixels right of the centre in the result comes from 5 pixels below the centre: (5 / 20, 0) -> (0, 5 / 10).
  const x = 5 / (width / 2);
  assert.ok(Math.abs(xx * x + x1) < 1e-12 && Math.abs(yx * x + y1 - 0.5) < 1e-12);
  // 4 below comes from 4 left.
  const y = 4 / (height / 2);
  assert.ok(Math.abs(xy * y + x1 + 0.2) < 1e-12 && Math.abs(yy * y + y1) < 1e-12);
});

test("drawn transforms have the distributions of Keras' get_random_transform", () => {
  const random = Random.of(5, "augment", 1);
  const size = { height: draws.size, width: draws.size };
  const drawn = Array.from({ length: draws.count }, () => drawTransform(random, studyGeometry, size));
  const columns: Record<Name, number[]> = {
    theta: drawn.map((transform) => transform.rotationDegrees),
    tx: drawn.map((transform) => transform.shiftX),
    ty: drawn.map((transform) => transform.shiftY),
    zx: drawn.map((transform) => transform.zoomX),
    zy: drawn.map((transform) => transform.zoomY),
  };
  const ranges: Record<Name, number> = { theta: 60, tx: 44.8, ty: 44.8, zx: 0.4, zy: 0.4 };
  for (const name of Object.keys(columns) as Name[]) {
    const sorted = columns[name].toSorted((a, b) => a - b);
    for (const [index, probability] of draws.probabilities.entries()) {
      const ours = sorted[Math.round(probability * (draws.count - 1))] ?? Number.NaN;
      const theirs = draws.quantiles[name][index] ?? Number.NaN;
      // Five standard errors of the difference of two uniform sample quantiles.
      const error = ranges[name] * Math.sqrt((2 * probability * (1 - probability)) / draws.count);
      assert.ok(Math.abs(ours - theirs) < 5 * error, `${name} at ${probability}: ${ours} against ${theirs}`);
    }
  }
  const names = Object.keys(columns) as Name[];
  for (const first of names) {
    for (const second of names.filter((name) => name > first)) {
      const correlation = correlate(columns[first], columns[second]);
      assert.ok(
        Math.abs(correlation) < 5 / Math.sqrt(draws.count),
        `${first} and ${second} hang together: ${correlation}`,
      );
    }
  }
  const flipped = drawn.filter((transform) => transform.flip).length;
  assert.ok(Math.abs(flipped - draws.count / 2) < 5 * Math.sqrt(draws.count / 4));
});

test("with every setting at 0 the matrix is the identity", () => {
  const off = { rotationDegrees: 0, zoom: 0, shiftX: 0, shiftY: 0, flipProbability: 0 };
  const matrix = inverseAffine(drawTransform(Random.of(1), off, { height: 224, width: 224 }), 224, 224);
  assert.deepEqual(
    matrix.map((value) => value + 0),
    [1, 0, 0, 0, 1, 0],
  );
});

function correlate(first: readonly number[], second: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [a, b] = [mean(first), mean(second)];
  const product = (x: readonly number[], y: readonly number[], mx: number, my: number) =>
    x.reduce((sum, value, index) => sum + (value - mx) * ((y[index] ?? Number.NaN) - my), 0);
  return product(first, second, a, b) / Math.sqrt(product(first, first, a, a) * product(second, second, b, b));
}
