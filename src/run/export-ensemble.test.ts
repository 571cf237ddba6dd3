import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { sampleContract } from "../../test/support/sample-contract.js";
import { Random } from "../core/random.js";
import type { Prediction } from "../evaluation/prediction.js";
import { writePredictions } from "../evaluation/predictions-file.js";
import { describeReference } from "../evaluation/shift/describe-reference.js";
import { traitNames } from "../evaluation/shift/traits.js";
import { conformalBand } from "../evaluation/unsure/conformal-band.js";
import { openModel } from "../inference/open-model.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import type { StoredContract } from "../model/stored-contract.js";
import { findModel } from "../model/zoo/registry.js";
import { exportModel } from "./export-model.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-ensemble-"));
after(() => rmSync(folder, { recursive: true }));

const imageSize = 64;

/** A model of ours in a file. */
async function member(
  name: string,
  model: string,
  seed: number,
  changes: Partial<StoredContract> = {},
): Promise<string> {
  const entry = findModel(model);
  const size = changes.imageSize ?? imageSize;
  const graph = entry.build({ imageSize: size });
  const contract = {
    ...sampleContract({ model, imageSize: size, scaling: entry.scaling.sound }),
    title: entry.title,
    threshold: { value: seed / 10, policy: "youden", chosenOn: "validation" },
    ...changes,
  };
  const path = join(folder, name);
  await writeKerasModel(path, graph, livelyWeights(graph, seed), { json: { contract } });
  return path;
}

const random = Random.of("ensemble test");
const images = Uint8Array.from({ length: 2 * imageSize ** 2 }, () => random.integer(256));

test("an ensemble gives the mean of its members' scores and maps, whatever their scaling and the size of their maps", async () => {
  const places = [
    await member("a.h5", "custom", 3),
    await member("b.h5", "custom", 4),
    await member("c.h5", "mobilenet", 5),
  ];
  const out = join(folder, "ensemble.onnx");
  const exported = await exportModel(places, { format: "onnx", out });
  assert.equal(exported.contract?.threshold.value, (0.3 + 0.4 + 0.5) / 3);
  const together = await openModel(out, { threads: 1 });
  const all = await together.run(images);
  assert.equal(together.contract.members?.length, 3);
  assert.equal(together.contract.members?.[2]?.model, "mobilenet");
  assert.match(together.contract.title, /^Mean of 3: /);
  const alone = [];
  for (const place of places) {
    const model = await openModel(place, { threads: 1 });
    alone.push(await model.run(images));
    await model.dispose();
  }
  for (const [i, score] of all.scores.entries()) {
    const mean = alone.reduce((sum, { scores }) => sum + (scores[i] as number), 0) / 3;
    assert.ok(Math.abs(score - mean) < 1e-6, `${score}, ${mean} expected`);
  }
  const maps = [all, ...alone].map(({ heatMaps }) => heatMaps);
  assert.ok(maps.every((map) => map !== null));
  const [own, first, second, small] = maps as NonNullable<(typeof maps)[number]>[];
  assert.deepEqual([own?.height, own?.width], [first?.height, first?.width]);
  assert.ok((small?.height ?? 0) < (own?.height ?? 0), "one member's maps are smaller");
  const sum = (map: typeof own) => map?.data.reduce((total, value) => total + value, 0) ?? 0;
  assert.ok(
    sum(own) > 0 && sum(own) < sum(first) + sum(second) + sum(small) * ((own?.height ?? 0) / (small?.height ?? 1)) ** 2,
  );
  await together.dispose();
});

test("the maps of members with maps of one size are their mean", async () => {
  const places = [await member("d.h5", "custom", 6), await member("e.h5", "custom", 7)];
  const out = join(folder, "two.onnx");
  await exportModel(places, { format: "onnx", out, threshold: 0.25 });
  const outputs = [];
  for (const place of [out, ...places]) {
    const model = await openModel(place, { threads: 1 });
    outputs.push((await model.run(images)).heatMaps?.data);
    if (place === out)
      assert.deepEqual(model.contract.threshold, { value: 0.25, policy: "0.25", chosenOn: null, givenBy: "user" });
    await model.dispose();
  }
  const [own, a, b] = outputs as Float32Array[];
  const worst = Math.max(...(own ?? []).map((value, i) => Math.abs(value - ((a?.[i] ?? 9) + (b?.[i] ?? 9)) / 2)));
  assert.ok(worst < 1e-6, `${worst}`);
});

test("members that do not go together are refused, with the reason", async () => {
  const a = await member("f.h5", "custom", 3);
  const options = { format: "onnx", out: join(folder, "none.onnx") } as const;
  const refused = (places: string[], part: string) =>
    assert.rejects(exportModel(places, options), hasCode("MODEL_INVALID", part));
  await refused([a, a], "each model stands once");
  await refused([a, await member("g.h5", "custom", 3, { imageSize: 32 })], "32 x 32");
  const elsewhere = { trainedOn: { ...sampleContract({}).trainedOn, dataset: "elsewhere" } };
  await refused([a, await member("h.h5", "custom", 3, elsewhere)], "trained on one dataset");
  await assert.rejects(
    exportModel([a, join(folder, "a.h5")], { ...options, format: "keras" }),
    hasCode("OPTION_INVALID", "onnx for several models together"),
  );
  await assert.rejects(exportModel([a], { ...options, threshold: 0.5 }), hasCode("OPTION_INVALID", "several models"));
});

/** A run's folder as far as export reads it: weights, what its threshold was set on, and predictions of these images. */
async function runOf(name: string, seed: number, images: string): Promise<readonly [string, readonly Prediction[]]> {
  const scores = Random.of(seed, "scores");
  const looks = Random.of(images);
  const rows = Array.from({ length: 60 }, (_, i): Prediction => {
    const label = i % 2 === 0 ? 0 : 1;
    const score = Math.min(1, Math.max(0, scores.normal(0.3 + 0.4 * label, 0.15)));
    return { name: `${images}${i}.png`, patient: `p${i}`, label, score, split: "validation" };
  });
  const met = rows.map((row) => ({
    ...row,
    traits: Object.fromEntries(traitNames.map((trait) => [trait, looks.uniform(0, 100)])) as Record<
      (typeof traitNames)[number],
      number
    >,
  }));
  mkdirSync(join(folder, name, "weights"), { recursive: true });
  await member(`${name}/weights/best.h5`, "custom", seed, { reference: describeReference(met, "validation") });
  await writePredictions(join(folder, name, "predictions.csv"), rows);
  return [join(folder, name), rows];
}

test("runs that share their validation images lend the ensemble what its threshold was set on, and a band", async () => {
  const [[a, rows], [b, others], [c]] = [
    await runOf("r1", 3, "one"),
    await runOf("r2", 4, "one"),
    await runOf("r3", 5, "two"),
  ];
  const out = join(folder, "shared.onnx");
  const { contract } = await exportModel([a, b], { format: "onnx", out, unsure: 0.9 });
  const mean = rows.map((row, i) => ({ ...row, score: (row.score + (others[i] as Prediction).score) / 2 }));
  assert.deepEqual(contract?.unsure, conformalBand(mean, { coverage: 0.9, setOn: "validation", isLocal: false }));
  const { reference } = contract ?? {};
  assert.deepEqual([reference?.of, reference?.images, reference?.patients], ["validation", 60, 60]);
  const { values = [], shares = [] } = reference?.columns.score ?? {};
  for (const [i, value] of values.entries()) {
    const below = mean.filter(({ score }) => Math.round(1000 * score) / 1000 <= value + 1e-9).length;
    assert.ok(Math.abs((shares[i] as number) - below / 60) < 1e-5, `${value}: ${shares[i]}, ${below} of 60 expected`);
  }
  const model = await openModel(out, { threads: 1 });
  assert.deepEqual([model.contract.reference, model.contract.unsure], [reference, contract?.unsure]);
  await model.dispose();

  const apart = await exportModel([a, c], { format: "onnx", out: join(folder, "apart.onnx") });
  assert.equal(apart.contract?.reference, undefined);
  await assert.rejects(
    exportModel([a, c], { format: "onnx", out: join(folder, "none.onnx"), unsure: 0.9 }),
    hasCode("EVALUATION_INPUT", "validated on different images"),
  );
  await assert.rejects(
    exportModel(a, { format: "onnx", out: join(folder, "none.onnx"), unsure: 0.9 }),
    hasCode("OPTION_INVALID", "several models"),
  );
});
