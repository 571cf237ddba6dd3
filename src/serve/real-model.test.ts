// The API over a real, small inference model: its scores and heat maps are the reader's, of the right image and class.
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { assertDescribed } from "../../test/support/described-answer.js";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { sampleContract } from "../../test/support/sample-contract.js";
import { brightnessServer, multipart, predict } from "../../test/support/served-brightness.js";
import { Random } from "../core/random.js";
import { encodePng } from "../images/encode.js";
import { openTrainedModel } from "../inference/open-model.js";
import { stackImages } from "../inference/stack-images.js";
import { heatMapAt } from "../model/heat-map.js";
import { customCnn } from "../model/zoo/custom-cnn.js";

const side = 64;

test("scores and heat maps are those of the reader, whatever the batch", async () => {
  const graph = customCnn({ imageSize: side });
  const contract = sampleContract({ imageSize: side });
  const trained = { file: "memory", graph, weights: livelyWeights(graph, 2), contract, hasContract: true };
  const reader = await openTrainedModel(trained, { threads: 1 });
  const app = await brightnessServer({ model: reader });
  const random = Random.of("served");
  const images = [0, 1, 2].map(() => Uint8Array.from({ length: side ** 2 }, () => Math.floor(random.uniform(0, 256))));
  const files = await Promise.all(
    images.map(async (data, i) => [`${i}.png`, await encodePng({ width: side, height: side, data })] as const),
  );
  const expected = await reader.run(stackImages(images));
  assert.ok(expected.heatMaps !== null);
  const ask = async (form: string) => {
    const reply = await predict(app, { ...(await multipart(files)), query: `?heatmap=${form}` });
    assert.equal(reply.statusCode, 200, reply.body);
    assertDescribed(reply, "post", "/v1/predict");
    return reply.json().results;
  };
  const [values, pngs] = [await ask("values"), await ask("png")];
  const seen = new Set<string>();
  for (const [i, { score, label, heatmap }] of values.entries()) {
    const map = heatMapAt(expected.heatMaps, i, 1);
    assert.ok(Math.abs(score - (expected.scores[i] as number)) < 1e-6);
    assert.equal(label, score >= contract.threshold.value ? "PNEUMONIA" : "NORMAL");
    assert.deepEqual([heatmap.class, heatmap.height, heatmap.width], ["PNEUMONIA", map.height, map.width]);
    // Four decimals; a batch of another size may sum in another order.
    for (const [cell, value] of map.data.entries()) assert.ok(Math.abs(value - heatmap.values[cell]) < 2e-4);
    seen.add(JSON.stringify(heatmap.values));
    const picture = pngs[i].heatmap;
    const { data, info } = await sharp(Buffer.from(picture.png, "base64"))
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [side, side]);
    const hottest = data.indexOf(Math.max(...data));
    const peak = map.data.indexOf(Math.max(...map.data));
    const cellOf = (at: number) => Math.floor((at * map.width) / side);
    assert.deepEqual(
      [cellOf(Math.floor(hottest / side)), cellOf(hottest % side)],
      [Math.floor(peak / map.width), peak % map.width],
    );
  }
  assert.equal(seen.size, 3, "each image has its own map");
  await app.close();
  await reader.dispose();
});
