// The maps that a reader gives of 8-bit images are those of automatic differentiation on the scaled ones, for every
// model of the registry, and stay close where kernels are stored in fewer bits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heatmapsByAutograd } from "../../test/support/grad-cam.js";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { sampleContract } from "../../test/support/sample-contract.js";
import { oneOfEachFamily, smallImageSize } from "../../test/support/zoo-families.js";
import { Random } from "../core/random.js";
import { gradCamLayerOf } from "../model/grad-cam-layer.js";
import { customCnn } from "../model/zoo/custom-cnn.js";
import type { PixelScaling } from "../model/zoo/zoo-entry.js";
import { openTrainedModel } from "./open-model.js";

const count = 2;

/** Maps are 0..1. float32 sums in another order; a float16 kernel keeps 11 bits of each value (.006 in MobileNet), an int8 one 8. */
const tolerances = { float32: 1e-4, float16: 0.01, int8: 0.1 } as const;
/** Small ones: what a stored kernel loses is no matter of the architecture. */
const inEachPrecision = ["custom", "mobilenet"];

for (const entry of oneOfEachFamily) {
  const precisions = inEachPrecision.includes(entry.id)
    ? (["float32", "float16", "int8"] as const)
    : (["float32"] as const);
  test(`${entry.id}: maps of grey images, ${precisions.join(", ")}`, async (context) => {
    const imageSize = smallImageSize(entry);
    const graph = entry.build({ imageSize });
    const weights = livelyWeights(graph, 3);
    const random = Random.of("maps", entry.id);
    const images = Uint8Array.from({ length: count * imageSize ** 2 }, () => Math.floor(random.uniform(0, 256)));
    const scaling = entry.scaling.sound;
    const expected = heatmapsByAutograd(
      { graph, weights },
      gradCamLayerOf(graph) as string,
      scaled(images, imageSize, scaling),
    );
    for (const precision of precisions) {
      const contract = sampleContract({ imageSize, scaling, precision });
      const trained = { file: "memory", graph, weights, contract, hasContract: true };
      const reader = await openTrainedModel(trained, { threads: 1 });
      const { heatMaps } = await reader.run(images);
      await reader.dispose();
      assert.deepEqual(expected.shape, [count, 2, heatMaps?.height, heatMaps?.width]);
      const largest = expected.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (heatMaps?.data[i] ?? Number.NaN))),
        0,
      );
      context.diagnostic(`${precision}: largest difference ${largest.toExponential(1)}`);
      assert.ok(largest <= tolerances[precision], `${precision}: ${largest}`);
    }
  });
}

/** [n, 3, size, size] as the network takes them. */
function scaled(images: Uint8Array, imageSize: number, { multiply, add }: PixelScaling) {
  const plane = imageSize ** 2;
  const data = new Float32Array(3 * images.length);
  for (let i = 0; i < data.length; i++) {
    const channel = Math.floor(i / plane) % 3;
    const grey = images[Math.floor(i / (3 * plane)) * plane + (i % plane)] as number;
    data[i] = grey * (multiply[channel] as number) + (add[channel] as number);
  }
  return { shape: [count, 3, imageSize, imageSize], data };
}

test("without heat maps where they are not asked for", async () => {
  const imageSize = 64;
  const graph = customCnn({ imageSize });
  const trained = {
    file: "memory",
    graph,
    weights: livelyWeights(graph, 1),
    contract: sampleContract({ imageSize }),
    hasContract: true,
  };
  const reader = await openTrainedModel(trained, { heatMaps: "without", threads: 1 });
  assert.equal((await reader.run(new Uint8Array(imageSize ** 2))).heatMaps, null);
  await reader.dispose();
});
