import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../core/random.js";
import { scope } from "../tensor/scope.js";
import { Tensor } from "../tensor/tensor.js";
import { changeIntensity, drawIntensity, exposureVariation, type IntensityChange } from "./intensity.js";

/** The formula of `IntensityChange`, one grey value 0..255 at a time. */
function byHand(grey: number, { exponent, factor, offset }: IntensityChange): number {
  return 255 * Math.min(1, Math.max(0, ((grey / 255) ** exponent - 0.5) * factor + 0.5 + offset));
}

test("every image has its own change, pixel by pixel as the formula says", () => {
  const changes = [
    { exponent: 1, factor: 1, offset: 0 },
    { exponent: 0.6, factor: 1.2, offset: -0.1 },
    { exponent: 1.4, factor: 0.8, offset: 0.1 },
  ];
  const greys = [0, 1, 64, 128, 200, 255];
  const pixels = Float32Array.from(changes.flatMap(() => greys));
  const changed = scope(() => changeIntensity(Tensor.fromArray(pixels, [3, 1, 2, 3]), changes).toFloat32());
  const expected = changes.flatMap((change) => greys.map((grey) => byHand(grey, change)));
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs((changed[i] as number) - value) < 1e-3, `value ${i}: ${changed[i]} is not ${value}`);
  }
});

test("draws fill the settings' ranges evenly and no more; the same seed draws the same", () => {
  const random = Random.of("intensity");
  const drawn = Array.from({ length: 4000 }, () => drawIntensity(random, exposureVariation));
  const isSpread = (values: readonly number[], low: number, high: number) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const width = high - low;
    // A uniform distribution's mean of 4,000 draws strays by 0.0046 of its width (one standard deviation).
    assert.ok(Math.abs(mean - (low + high) / 2) < 0.025 * width, `mean ${mean}`);
    assert.ok(Math.min(...values) >= low && Math.min(...values) < low + 0.01 * width);
    assert.ok(Math.max(...values) <= high && Math.max(...values) > high - 0.01 * width);
  };
  const { gamma, contrast, brightness } = exposureVariation;
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
  assert.deepEqual(drawIntensity(Random.of("intensity"), exposureVariation), drawn[0]);
});

test("settings of 0 change nothing", () => {
  const none = drawIntensity(Random.of(1), { gamma: 0, contrast: 0, brightness: 0 });
  assert.deepEqual(none, { exponent: 1, factor: 1, offset: 0 });
});
