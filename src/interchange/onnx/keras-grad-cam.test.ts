// Grad-CAM of every registered model, and HiResCAM of a flattened and of a pooled head, beside real Keras and TensorFlow's
// GradientTape on the same weights and images; test/golden/make/keras_gradcam.py and keras_hirescam.py made the golden files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formulaImage } from "../../../test/support/formula-weights.js";
import { heatmapsByOnnx } from "../../../test/support/grad-cam.js";
import { golden } from "../../../test/support/paths.js";
import { familyOf, oneOfEachFamily } from "../../../test/support/zoo-families.js";
import { formulaWeights, readZooGolden } from "../../../test/support/zoo-golden.js";
import { gradCamLayerOf } from "../../model/grad-cam-layer.js";
import type { HostTensor } from "../../model/weights.js";
import { findModel } from "../../model/zoo/registry.js";
import type { PixelScaling } from "../../model/zoo/zoo-entry.js";

interface GoldenMaps {
  readonly images: number;
  readonly cases: Readonly<
    Record<string, { readonly target: string; readonly shape: readonly number[]; readonly values: readonly number[] }>
  >;
}
const read = (name: string): GoldenMaps => JSON.parse(readFileSync(golden("keras-gradcam", name), "utf8"));
const { images, cases } = read("maps.json");

/** Maps are 0..1; both sides are float32, through up to 150 convolutions in other orders of summation. Seen: 4e-6. */
const tolerance = 1e-4;

test("a model of every family has maps in the golden file", () => {
  const covered = new Set(Object.keys(cases).map((name) => familyOf(readZooGolden(name).model)));
  assert.deepEqual(
    oneOfEachFamily.map(({ id }) => id).filter((id) => !covered.has(id)),
    [],
  );
});

const both = [
  ...Object.entries(cases).map(([name, maps]) => ({ name, maps, method: "grad-cam" as const })),
  ...Object.entries(read("hirescam.json").cases).map(([name, maps]) => ({ name, maps, method: "hirescam" as const })),
];

for (const {
  name,
  method,
  maps: { target, shape, values },
} of both) {
  test(`${name}, ${method}: the maps that Keras gives`, async (context) => {
    const { model, options, normalizations } = readZooGolden(name);
    const entry = findModel(model);
    const graph = entry.build(options);
    assert.equal(gradCamLayerOf(graph), target);
    const weights = formulaWeights(graph, normalizations);
    const found = await heatmapsByOnnx(
      { graph, weights },
      target,
      scaledImages(options.imageSize, entry.scaling.sound),
      method,
    );
    assert.deepEqual(found?.shape, shape);
    const differences = values.map((value, i) => Math.abs(value - (found?.data[i] ?? Number.NaN)));
    const largest = differences.reduce((most, value) => Math.max(most, value), 0);
    context.diagnostic(`largest difference ${largest.toExponential(1)} of ${values.length} values`);
    assert.ok(largest <= tolerance && !differences.some(Number.isNaN));
    assert.ok(values.some((value) => value > 0.1 && value < 0.9));
  });
}

/** [n, 3, size, size]: the images of keras_zoo.py, another one in every channel, scaled. */
function scaledImages(size: number, { multiply, add }: PixelScaling): HostTensor {
  const planes = Array.from({ length: 3 * images }, (_, plane) =>
    Float32Array.from(
      formulaImage(plane, size),
      (value) => value * (multiply[plane % 3] as number) + (add[plane % 3] as number),
    ),
  );
  return { shape: [images, 3, size, size], data: new Float32Array(planes.flatMap((plane) => [...plane])) };
}
