// Against hand calculations: sizes, colours, shares, ranks. The randomisation check of real models is beside it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type HeatMap, heatMapAt } from "../model/heat-map.js";
import { heatColour } from "./heat-colours.js";
import { overlay, sideBySide } from "./overlay.js";
import { rankCorrelation } from "./rank-correlation.js";
import { resizeHeatMap } from "./resize-heat-map.js";
import { evenShares, whereItLooked } from "./where-it-looked.js";

const mapOf = (rows: readonly (readonly number[])[]): HeatMap => ({
  width: rows[0]?.length ?? 0,
  height: rows.length,
  data: Float32Array.from(rows.flat()),
});
const even = (width: number, height: number): HeatMap => ({
  width,
  height,
  data: new Float32Array(width * height).fill(0.5),
});
const near = (a: number, b: number, within = 1e-6) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

test("bilinear between centres, level at the edges", () => {
  // Two cells to six pixels: centres at 0.25 and 0.75 of the width.
  assert.deepEqual(
    [...resizeHeatMap(mapOf([[0, 1]]), 6, 1).data].map((value) => Number(value.toFixed(4))),
    [0, 0, 0.3333, 0.6667, 1, 1],
  );
  const up = resizeHeatMap(
    mapOf([
      [0, 0],
      [0, 1],
    ]),
    4,
    4,
  );
  assert.deepEqual(
    [...up.data.slice(8)].map((value) => Number(value.toFixed(4))),
    [0, 0.1875, 0.5625, 0.75, 0, 0.25, 0.75, 1],
  );
});

test("resizing keeps the range, and a level map level, whatever the size", () => {
  const side = fc.integer({ min: 1, max: 20 });
  const map = fc
    .tuple(side, side)
    .chain(([width, height]) =>
      fc
        .array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: width * height, maxLength: width * height })
        .map((values): HeatMap => ({ width, height, data: Float32Array.from(values) })),
    );
  fc.assert(
    fc.property(map, side, side, (given, width, height) => {
      const { data } = resizeHeatMap(given, width, height);
      assert.equal(data.length, width * height);
      const [least, most] = [Math.min(...given.data), Math.max(...given.data)];
      assert.ok(data.every((value) => value >= least - 1e-6 && value <= most + 1e-6));
    }),
  );
});

test("the map of an image and a label out of a batch", () => {
  const batch = { width: 2, height: 1, data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
  assert.deepEqual([...heatMapAt(batch, 0, 1).data], [3, 4]);
  assert.deepEqual([...heatMapAt(batch, 1, 0).data], [5, 6]);
});

// "inferno" is even in CAM02-UCS; CIE 1976 L* sees the darkest step a third smaller.
test("the colours grow lighter in about equal steps", () => {
  const lightness = Array.from({ length: 11 }, (_, i) => cieLightness(heatColour(i / 10)));
  const steps = lightness.slice(1).map((value, i) => value - (lightness[i] as number));
  const mean = ((lightness.at(-1) as number) - (lightness[0] as number)) / steps.length;
  assert.ok(mean > 9, "the whole range of lightness is used");
  assert.ok(
    steps.every((step) => Math.abs(step - mean) < 0.35 * mean),
    steps.map((step) => step.toFixed(1)).join(),
  );
  assert.deepEqual(heatColour(-1), heatColour(0));
  assert.deepEqual(heatColour(2), heatColour(1));
});

/** CIE 1976 L* of an sRGB colour. */
function cieLightness([red, green, blue]: readonly [number, number, number]): number {
  const linear = (value: number) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const y = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : (24389 / 27) * y;
}

test("no heat leaves the radiograph as it is; the strongest covers three fifths of it", () => {
  const image = { width: 4, height: 1, data: Uint8Array.of(0, 50, 100, 200) };
  const over = overlay(image, mapOf([[0, 0, 1, 1]]));
  assert.deepEqual([...over.data.slice(0, 6)], [0, 0, 0, 50, 50, 50]);
  assert.deepEqual(
    [...over.data.slice(9)],
    [252, 255, 164].map((colour) => Math.round(200 * 0.4 + colour * 0.6)),
  );
  const both = sideBySide(image, over);
  assert.deepEqual([both.width, both.height, both.data.length], [8, 1, 24]);
  assert.deepEqual([...both.data.slice(0, 12)], [0, 0, 0, 50, 50, 50, 100, 100, 100, 200, 200, 200]);
  assert.deepEqual(both.data.slice(12), over.data);
});

test("a level map has the frames' own shares, at any resolution", () => {
  for (const [width, height] of [
    [7, 7],
    [14, 14],
    [5, 9],
    [1, 1],
  ] as const) {
    const looked = whereItLooked(even(width, height));
    near(looked?.outsideFrame ?? -1, evenShares.outsideFrame);
    near(looked?.border ?? -1, evenShares.border);
    assert.equal(looked?.halfArea, 1);
  }
  near(evenShares.outsideFrame, 1 - 0.8 * 0.7);
  near(evenShares.border, 1 - 0.75 ** 2);
});

test("shares, peak and extent by hand", () => {
  // 4 x 4 cells: the border takes the outer half of the outer cells.
  const corner = whereItLooked(
    mapOf([
      [0.8, 0, 0, 0],
      [0, 0, 0.2, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]),
  );
  near(corner?.border ?? -1, 0.8 * 0.75); // of the corner's cell a quarter lies inside
  near(corner?.outsideFrame ?? -1, 0.8 * (1 - 0.6 * 0.4)); // 0.15 of 0.25 across, 0.1 of 0.25 down
  assert.deepEqual(corner?.peak, { x: 0.125, y: 0.125 });
  near(corner?.halfArea ?? -1, 1 / 16);
  assert.equal(
    whereItLooked(
      mapOf([
        [0, 0],
        [0, 0],
      ]),
    ),
    null,
  );
});

test("Spearman's rho with ties, by hand and as SciPy gives it", () => {
  near(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 1e9]) ?? 0, 1);
  near(rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1]) ?? 0, -1);
  near(rankCorrelation([1, 2, 2, 3, 5, 5], [2, 1, 4, 3, 6, 5]) ?? 0, spearmanOfSciPy, 1e-12);
  assert.equal(rankCorrelation([1, 1, 1], [1, 2, 3]), null);
  assert.equal(rankCorrelation([], []), null);
});

/** scipy.stats.spearmanr([1, 2, 2, 3, 5, 5], [2, 1, 4, 3, 6, 5]).statistic, SciPy 1.17.1 */
const spearmanOfSciPy = 0.7944613465542746;
