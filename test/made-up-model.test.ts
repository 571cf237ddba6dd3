// A model from outside, which the study knows nothing of, through everything that a model of the registry goes through:
// all it takes is an entry and a list that has it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  AppError,
  compareRuns,
  describeModel,
  evaluateModel,
  explainImages,
  exportFormats,
  exportModel,
  findModel,
  listWeights,
  makePhantoms,
  openClassifier,
  openRun,
  type Run,
  models as registry,
  resumeRun,
  train,
  trainAndCompare,
} from "../src/index.js";
import { gradCamLayerOf } from "../src/model/grad-cam-layer.js";
import { inferShapes } from "../src/model/shapes.js";
import { madeUpModel } from "./support/made-up-model.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-made-up-"));
const models = [...registry, madeUpModel];
const around = { cwd, models };
const settings = { data: "phantoms", imageSize: 32, batch: 8, threads: 1, precision: "float32" } as const;
let run: Run;

before(async () => {
  const counts = { normal: 8, pneumonia: 8 };
  await makePhantoms(join(cwd, "phantoms"), {
    counts: { train: counts, val: counts, test: counts },
    seed: 5,
    size: 64,
  });
  run = await train({ ...settings, model: "Invented", epochs: 2 }, { ...around, folder: "run" });
});

after(() => rmSync(cwd, { recursive: true }));

test("it is found by name and alias, described and listed, where the list has it and nowhere else", async () => {
  assert.equal(findModel("INVENTED", models), madeUpModel);
  assert.throws(() => findModel("made-up"), AppError);
  const described = describeModel("made-up", models);
  assert.equal(described.study, null);
  assert.match(described.summary, /conv2d_1 \(Conv2D\)/);
  assert.equal(described.parameters.total, 4 * 28 + 4 * 4 + 6 * 37 + 7);
  const graph = madeUpModel.build();
  assert.equal(gradCamLayerOf(graph), madeUpModel.gradCamLayer);
  assert.deepEqual(inferShapes(graph).get(graph.output), [1]);
  const weights = await listWeights({ folder: "weights", ...around });
  assert.deepEqual(weights.at(-1), { model: "made-up", pretrained: null, cached: null });
});

test("it is trained in both protocols, opened and resumed", async () => {
  assert.equal(run.settings.model, "made-up");
  assert.equal(run.history.length, 2);
  assert.equal(run.evaluation.test.n, 16);
  const again = await resumeRun("run", around);
  assert.deepEqual(again.predictions, run.predictions);
  await assert.rejects(openRun("run", { cwd }), (error: unknown) => (error as AppError).code === "MODEL_UNKNOWN");
  const study = { ...settings, model: "made-up", epochs: 1, protocol: "study" } as const;
  assert.equal((await train(study, { ...around, folder: "as-the-study" })).history.length, 1);
});

test("stopped after an epoch and resumed, it ends as if left alone", async () => {
  const stop = new AbortController();
  const onEvent = (event: { readonly type: string }) => event.type === "epoch end" && stop.abort();
  const asked = { ...settings, model: "made-up", epochs: 2 };
  await assert.rejects(train(asked, { ...around, folder: "stopped", signal: stop.signal, onEvent }), AppError);
  assert.deepEqual((await resumeRun("stopped", around)).predictions, run.predictions);
});

test("its report and model card are written with its own words", () => {
  assert.match(readFileSync(run.files.report, "utf8"), /Made-up network/);
  const card = readFileSync(run.files.modelCard, "utf8");
  assert.match(card, /Made-up network/);
  assert.match(card, /Architecture: 0BSD/);
});

test("every format that it is exported to is read back with the run's scores and licence", async () => {
  const images = join(cwd, "phantoms", "test");
  const written = new Map(run.predictions.map(({ name, score }) => [name.split("/").at(-1), score]));
  const outs = { onnx: "model.onnx", keras: "model.h5", tfjs: "tfjs" } as const;
  for (const format of exportFormats) {
    const out = `exported-${outs[format]}`;
    const { contract } = await exportModel("run", { format, out, ...around });
    assert.equal(contract?.imageSize, 32);
    await using classifier = await openClassifier(out, { ...around, threads: 1 });
    assert.equal(classifier.contract.model, "made-up");
    assert.equal(classifier.contract.licence.model, "0BSD", format);
    let count = 0;
    for await (const result of classifier.predict(images, { heatMaps: true })) {
      assert.ok(result.kind === "scored" && result.heatMap !== null);
      // Float32 through two runtimes; six decimals are written.
      assert.ok(Math.abs(result.score - (written.get(result.name.split("/").at(-1)) as number)) < 1e-4, format);
      count++;
    }
    assert.equal(count, 16);
  }
});

test("it is evaluated and explained", async () => {
  await using classifier = await openClassifier("run", { ...around, threads: 1 });
  const { evaluation } = await evaluateModel(classifier, { data: "phantoms", cwd });
  assert.ok(
    Math.abs((evaluation.metrics.auc.value as number) - (run.evaluation.test.metrics.auc.value as number)) < 0.02,
  );
  const { results, check } = await explainImages(classifier, join(cwd, "phantoms", "test"), { folder: "looked", cwd });
  assert.equal(results.length, 16);
  assert.ok(check !== null);
});

test("it is compared with the study's models, and told to be none of them", async () => {
  const asked = { ...settings, models: ["custom", "made-up"], seeds: [1], epochs: 1 };
  const { page } = await trainAndCompare(asked, { ...around, folder: "both" });
  const html = readFileSync(page as string, "utf8");
  assert.match(html, /not in the study/);
  assert.match(readFileSync(join(cwd, "both", "comparison.csv"), "utf8"), /^study,Made-up network,.*not in the study/m);
  const { tables, rows } = await compareRuns(["run"], around);
  assert.equal(rows[0]?.study, null);
  const cells = (id: string) => tables.find((table) => table.id === id)?.rows.at(-1)?.cells;
  for (const id of ["performance", "parameters"]) assert.match(String(cells(id)?.[0]), /not in the study/);
});
