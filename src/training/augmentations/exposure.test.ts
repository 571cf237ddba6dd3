import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../core/random.js";
import { inArena } from "../../tensor/arena.js";
import { Tensor } from "../../tensor/tensor.js";
import { changeExposure, drawExposure, type ExposureChange, exposureVariation } from "./exposure.js";

/** The second formula of `ExposureChange`, one grey value 0..255 at a time. */
function byHand(grey: number, { exponent, factor, offset }: ExposureChange): number {
  return 255 * Math.min(1, Math.max(0, ((grey / 255) ** exponent - 0.5) * factor + 0.5 + offset));
}

test("every image has its own change, pixel by pixel as the formula says", () => {
  const changes = [
    { gain: 1, exponent: 1, factor: 1, offset: 0 },
    { gain: 1, exponent: 0.6, factor: 1.2, offset: -0.1 },
    { gain: 1, exponent: 1.4, factor: 0.8, offset: 0.1 },
  ];
  const greys = [0, 1, 64, 128, 200, 255];
  const pixels = Float32Array.from(changes.flatMap(() => greys));
  const changed = inArena(() => changeExposure(Tensor.fromArray(pixels, [3, 1, 2, 3]), changes).toFloat32());
  const expected = changes.flatMap((change) => greys.map((grey) => byHand(grey, change)));
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs((changed[i] as number) - value) < 1e-3, `value ${i}: ${changed[i]} is not ${value}`);
  }
});

test("detail is multiplied and what is coarser is left as it was", () => {
  const size = 112; // four pixels a cell
  const coarse = (x: number) => 60 + x; // a ramp: even the interpolated means of cells lie on it
  const fine = (x: number, y: number) => ((x + y) % 2 === 0 ? 10 : -10); // its mean over any cell is 0
  const pixels = Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    return coarse(x) + fine(x, y);
  });
  const image = () => Tensor.fromArray(pixels, [1, 1, size, size]);
  const plain = { exponent: 1, factor: 1, offset: 0 };
  for (const gain of [0, 0.5, 2]) {
    const changed = inArena(() => changeExposure(image(), [{ ...plain, gain }]).toFloat32());
    for (let y = 4; y < size - 4; y++) {
      for (let x = 4; x < size - 4; x++) {
        const expected = coarse(x) + gain * fine(x, y);
        const received = changed[y * size + x] as number;
        assert.ok(Math.abs(received - expected) < 1e-2, `gain ${gain} at ${x}, ${y}: ${received} is not ${expected}`);
      }
    }
  }
  const extreme = inArena(() => changeExposure(image(), [{ ...plain, gain: 40, exponent: 0.5 }]).toFloat32());
  assert.ok(
    extreme.every((value) => value >= 0 && value <= 255),
    "kept within the range, no root of a negative value",
  );
});

test("draws fill the settings' ranges evenly and no more; the same seed draws the same", () => {
  const random = Random.of("intensity");
  const drawn = Array.from({ length: 4000 }, () => drawExposure(random, exposureVariation));
  const isSpread = (values: readonly number[], low: number, high: number) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const width = high - low;
    // A uniform distribution's mean of 4,000 draws strays by 0.0046 of its width (one standard deviation).
    assert.ok(Math.abs(mean - (low + high) / 2) < 0.025 * width, `mean ${mean}`);
    assert.ok(Math.min(...values) >= low && Math.min(...values) < low + 0.01 * width);
    assert.ok(Math.max(...values) <= high && Math.max(...values) > high - 0.01 * width);
  };
  const { detail, gamma, contrast, brightness } = exposureVariation;
  isSpread(
    drawn.map(({ gain }) => Math.log(gain)),
    -Math.log1p(detail),
    Math.log1p(detail),
  );
  isSpread(
    drawn.map(({ exponent }) => Math.log(exponent)),
    -Math.log1p(gamma),
    Math.log1p(gamma),
  );
  isSpread(
    drawn.map(({ factor }) => factor),
    1 - contrast,
    1 + contrast,
  );
  isSpread(
    drawn.map(({ offset }) => offset),
    -brightness,
    brightness,
  );
  assert.deepEqual(drawExposure(Random.of("intensity"), exposureVariation), drawn[0]);
});

test("settings of 0 change nothing", () => {
  const none = drawExposure(Random.of(1), { detail: 0, gamma: 0, contrast: 0, brightness: 0 });
  assert.deepEqual(none, { gain: 1, exponent: 1, factor: 1, offset: 0 });
});
