// The check on every model of the registry, and its verdicts by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heatmapsByOnnx } from "../../test/support/grad-cam.js";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { oneOfEachFamily, smallImageSize } from "../../test/support/zoo-families.js";
import { Random } from "../core/random.js";
import { gradCamLayerOf } from "../model/grad-cam-layer.js";
import type { HeatMapBatch } from "../model/heat-map.js";
import { product } from "../model/shapes.js";
import type { HostTensor } from "../model/weights.js";
import { compareMaps, judgeRandomisation, mostAgreement, randomisedWeights } from "./randomisation-check.js";

function imagesOf(imageSize: number): HostTensor {
  const shape = [4, 3, imageSize, imageSize];
  const random = Random.of("randomisation");
  return { shape, data: Float32Array.from({ length: product(shape) }, () => random.uniform(-1, 1)) };
}

const batchOf = ({ shape: [, , height = 0, width = 0], data }: HostTensor): HeatMapBatch => ({ width, height, data });

for (const entry of oneOfEachFamily) {
  test(`${entry.id}: other weights of the layers asked for, and maps that can be compared`, async (context) => {
    const imageSize = smallImageSize(entry, 96);
    const images = imagesOf(imageSize);
    const graph = entry.build({ imageSize });
    const weights = livelyWeights(graph, 1);
    const target = gradCamLayerOf(graph) as string;
    const trained = batchOf((await heatmapsByOnnx({ graph, weights }, target, images)) as HostTensor);
    const place = graph.nodes.findIndex(({ name }) => name === target);
    for (const randomised of ["head", "all"] as const) {
      const drawn = randomisedWeights(graph, weights, target, { randomised, seed: 1 });
      for (const [index, { name }] of graph.nodes.entries()) {
        if (!weights.has(name)) continue;
        assert.equal(drawn.get(name) !== weights.get(name), randomised === "all" || index > place, name);
      }
      const maps = batchOf((await heatmapsByOnnx({ graph, weights: drawn }, target, images)) as HostTensor);
      assert.ok(maps.data.every(Number.isFinite));
      const { agreement, images: compared } = compareMaps(trained, maps);
      context.diagnostic(`${randomised}: ${agreement?.toFixed(2)} over ${compared} images`);
      assert.ok(agreement !== null && agreement < 1 && compared > 0);
    }
  });
}

const batch = (...maps: readonly (readonly number[])[]): HeatMapBatch => ({
  width: 2,
  height: 2,
  data: Float32Array.from(maps.flat()),
});

test("agreement is that of the whole map, cut off for neither class", () => {
  // NORMAL's map and PNEUMONIA's, two images.
  const one = batch([1, 0.5, 0, 0], [0, 0, 0.3, 1], [0, 0, 0, 0], [0, 0.2, 0.6, 1]);
  assert.deepEqual(compareMaps(one, one), { agreement: 1, images: 2 });
  // The classes exchanged: the order is turned round, and its size stays.
  const turned = batch([0, 0, 0.3, 1], [1, 0.5, 0, 0], [0, 0.2, 0.6, 1], [0, 0, 0, 0]);
  assert.deepEqual(compareMaps(one, turned), { agreement: 1, images: 2 });
  const level = batch([0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0], [0, 0.6, 0.2, 1]);
  const { agreement, images: compared } = compareMaps(one, level);
  assert.ok(compared === 1 && Math.abs((agreement ?? 0) - 0.8) < 1e-9, "a level map has no order");
});

test("verdicts", () => {
  const judged = (agreement: number | null, images = 8) =>
    judgeRandomisation({ head: { agreement: 0.9, images }, all: { agreement, images } }).verdict;
  assert.equal(judged(0.2), "changed");
  assert.equal(judged(mostAgreement), "unchanged");
  assert.equal(judged(null), "unknown");
  assert.equal(judged(0.2, 7), "unknown", "seven images are too few to say");
});
