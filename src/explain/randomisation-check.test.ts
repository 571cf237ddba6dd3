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
import { type ChanceAgreement, chanceAgreement, type MapPair } from "./unrelated-maps.js";

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
  const compared = (a: HeatMapBatch, b: HeatMapBatch) => {
    const { agreement, images } = compareMaps(a, b);
    return { agreement, images };
  };
  assert.deepEqual(compared(one, one), { agreement: 1, images: 2 });
  // The classes exchanged: the order is turned round, and its size stays.
  const turned = batch([0, 0, 0.3, 1], [1, 0.5, 0, 0], [0, 0.2, 0.6, 1], [0, 0, 0, 0]);
  assert.deepEqual(compared(one, turned), { agreement: 1, images: 2 });
  const level = batch([0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0], [0, 0.6, 0.2, 1]);
  const { agreement, images: ordered } = compareMaps(one, level);
  assert.ok(ordered === 1 && Math.abs((agreement ?? 0) - 0.8) < 1e-9, "a level map has no order");
});

test("verdicts: the mean of all draws decides, and the last layers are judged apart", () => {
  const drawn = (agreement: number | null, images = 8) => ({ agreement, images, chance: null });
  const judged = (...all: Parameters<typeof drawn>[]) =>
    judgeRandomisation({ head: [drawn(0.9), drawn(0.7)], all: all.map((each) => drawn(...each)) });
  assert.equal(judged([0.2]).verdict, "changed");
  assert.equal(judged([mostAgreement]).verdict, "unchanged");
  assert.equal(judged([0.8], [0.1]).verdict, "changed");
  assert.equal(judged([0.8], [0.3]).verdict, "unchanged", "one lucky draw is not enough");
  assert.equal(judged([null]).verdict, "unknown");
  assert.equal(judged([0.2, 7]).verdict, "unknown", "seven images are too few to say");
  const { lastLayers, head } = judged([0.2]);
  assert.equal(lastLayers.verdict, "unchanged");
  assert.ok(Math.abs((head as number) - 0.8) < 1e-12);
});

test("by chance smooth maps agree far more than scattered ones, and a map agrees with itself beyond chance", () => {
  const [width, height] = [14, 14];
  const random = Random.of("unrelated");
  const smooth = () => {
    const [x0, y0] = [random.uniform(2, 12), random.uniform(2, 12)];
    return Float32Array.from({ length: 196 }, (_, i) =>
      Math.exp(-(((i % 14) - x0) ** 2 + (Math.floor(i / 14) - y0) ** 2) / 30),
    );
  };
  const scattered = () => Float32Array.from({ length: 196 }, () => random.uniform());
  const chance = (map: () => Float32Array) => {
    const pairs = Array.from({ length: 12 }, (): MapPair => [map(), map()]);
    return chanceAgreement(pairs, { width, height, size: "absolute" }) as ChanceAgreement;
  };
  const [ofSmooth, ofScattered] = [chance(smooth), chance(scattered)];
  assert.ok(ofScattered.mean > 0.03 && ofScattered.mean < 0.08, `${ofScattered.mean}`); // sqrt(2 / (195 pi)) = .057
  assert.ok(ofSmooth.mean > 0.12 && ofSmooth.mean < 0.45, `${ofSmooth.mean}`);
  assert.ok(ofSmooth.high > ofSmooth.mean && ofSmooth.high < 0.7);
  // With its sign, what has nothing to do with each other agrees to nothing.
  const pairs = Array.from({ length: 12 }, (): MapPair => [scattered(), scattered()]);
  assert.ok(Math.abs(chanceAgreement(pairs, { width, height, size: "signed" })?.mean as number) < 0.02);
});
