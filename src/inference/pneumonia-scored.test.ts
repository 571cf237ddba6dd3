// A model of P(normal) turned round: the scores are the other class's, and so are the maps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { sampleContract } from "../../test/support/sample-contract.js";
import { Random } from "../core/random.js";
import { customCnn } from "../model/zoo/custom-cnn.js";
import { openTrainedModel } from "./open-model.js";
import { pneumoniaScored } from "./pneumonia-scored.js";

const imageSize = 64;

test("scores and maps of the two classes change places", async () => {
  const graph = customCnn({ imageSize });
  const trained = {
    file: "memory",
    graph,
    weights: livelyWeights(graph, 2),
    contract: sampleContract({ imageSize }),
    hasContract: false,
  };
  const random = Random.of("turned");
  const images = Uint8Array.from({ length: 2 * imageSize ** 2 }, () => Math.floor(random.uniform(0, 256)));
  const [one, other] = await Promise.all(
    [trained, pneumoniaScored(trained)].map(async (model) => {
      const reader = await openTrainedModel(model, { threads: 1 });
      return reader.run(images).finally(() => reader.dispose());
    }),
  );
  const cells = (one?.heatMaps?.data.length ?? 0) / 4; // [n, 2, h, w]
  assert.ok(cells > 0);
  for (const image of [0, 1]) {
    const sum = (one?.scores[image] ?? Number.NaN) + (other?.scores[image] ?? Number.NaN);
    assert.ok(Math.abs(sum - 1) < 1e-6, `${sum}`);
    for (const label of [0, 1]) {
      const at = (place: number) => [place * cells, (place + 1) * cells] as const;
      const own = one?.heatMaps?.data.slice(...at(2 * image + label));
      const turned = other?.heatMaps?.data.slice(...at(2 * image + 1 - label));
      for (const [i, value] of (own ?? []).entries()) assert.ok(Math.abs(value - (turned?.[i] ?? Number.NaN)) < 1e-5);
    }
  }
});

test("a model that does not end in a dense layer and its sigmoid is refused", () => {
  const graph = customCnn({ imageSize });
  const pooled = graph.nodes.find(({ className }) => className === "MaxPooling2D")?.name as string;
  const trained = {
    file: "memory",
    graph: { ...graph, output: pooled },
    weights: livelyWeights(graph, 2),
    contract: sampleContract({ imageSize }),
    hasContract: false,
  };
  assert.throws(() => pneumoniaScored(trained), { code: "OPTION_INVALID" });
});
