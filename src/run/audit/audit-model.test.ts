// A model trained on images with a planted marker is flagged, its twin without is not: the same phantoms, the same fit.
import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { hasCode } from "../../../test/support/has-code.js";
import { runCommandLine } from "../../cli/main.js";
import { loadImages } from "../../dataset/load-images.js";
import { openDataset } from "../../dataset/open-dataset.js";
import { withMarker } from "../../images/corruptions/marker.js";
import { moved } from "../../images/corruptions/placement.js";
import { encodeJpeg } from "../../images/encode.js";
import { readRadiograph } from "../../images/read-radiograph.js";
import { type Audit, auditModel, makePhantoms, openClassifier } from "../../index.js";
import { writeKerasModel } from "../../interchange/keras-h5/write-keras-model.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { randomWeights } from "../../model/weights-origin.js";
import { unitScaling } from "../../model/zoo/zoo-entry.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-audit-"));
const size = 16;

before(async () => {
  const both = (n: number) => ({ normal: n, pneumonia: n });
  const counts = { train: both(100), val: both(1), test: both(30) };
  await makePhantoms("plain", { cwd, counts, seed: 3, size: 128 });
  cpSync(join(cwd, "plain"), join(cwd, "marked"), { recursive: true });
  for (const split of ["train", "test"]) {
    const folder = join(cwd, "marked", split, "PNEUMONIA");
    for (const name of readdirSync(folder)) await plantMarker(join(folder, name));
  }
  for (const data of ["plain", "marked"]) await fitModel(data);
  writeFileSync(join(cwd, "marked", "test", "NORMAL", "broken.jpeg"), "no image");
});

after(() => rmSync(cwd, { recursive: true }));

/** An L at the upper left, where audits lay an R, a little further in. */
async function plantMarker(path: string): Promise<void> {
  const { image } = await readRadiograph(path);
  const { width, height } = image;
  const black = { width, height, data: new Uint8Array(width * height) };
  const letter = withMarker(black, "top right", 0.12);
  const there = moved(letter, { degrees: 0, right: 18 - width, down: 2 });
  const data = image.data.map((level, i) => Math.max(level, there.data[i] as number));
  writeFileSync(path, await encodeJpeg({ width, height, data }));
}

/** Logistic regression on 16 x 16 pixels by gradient descent with momentum: half a second, and the marker is learnt or is not. */
async function fitModel(data: string): Promise<void> {
  const { samples } = await openDataset(join(cwd, data));
  const training = samples.filter(({ split }) => split === "train");
  const { pixels, loaded } = await loadImages(training, { size, interpolation: "area", cacheFolder: null });
  const [n, places] = [loaded.length, size * size];
  const mean = new Float64Array(places);
  for (const [i, level] of pixels.entries()) mean[i % places] = (mean[i % places] as number) + level / 255 / n;
  const x = Float64Array.from(pixels, (level, i) => level / 255 - (mean[i % places] as number)); // [n, places]
  const [kernel, speed] = [new Float32Array(places), new Float64Array(places)];
  for (let step = 0; step < 200; step++) {
    const slope = new Float64Array(places);
    for (const [row, { label }] of loaded.entries()) {
      const features = x.subarray(row * places, (row + 1) * places);
      const logit = features.reduce((sum, value, i) => sum + value * (kernel[i] as number), 0);
      const error = (label - 1 / (1 + Math.exp(-logit))) / n;
      for (const [i, value] of features.entries()) slope[i] = (slope[i] as number) + error * value;
    }
    for (const [i, value] of slope.entries()) {
      speed[i] = 0.9 * (speed[i] as number) + value - 0.003 * (kernel[i] as number);
      kernel[i] = (kernel[i] as number) + (speed[i] as number);
    }
  }
  const bias = -kernel.reduce((sum, weight, i) => sum + weight * (mean[i] as number), 0);
  const weights = new Map([
    ["kernel", { shape: [places, 1], data: kernel }],
    ["bias", { shape: [1], data: Float32Array.of(bias) }],
  ]);
  await writeKerasModel(join(cwd, `${data}.h5`), graph, new Map([["score", weights]]), {
    json: { contract: { ...contract, trainedOn: { dataset: data, images: n, sha256: "" } } },
  });
}

const graph: ModelGraph = {
  name: "tiny",
  nodes: [
    { className: "InputLayer", config: { shape: [size, size, 1] }, name: "input", inputs: [], trainable: true },
    { className: "Flatten", config: {}, name: "flat", inputs: ["input"], trainable: true },
    {
      className: "Dense",
      config: { units: 1, activation: "sigmoid", useBias: true },
      name: "score",
      inputs: ["flat"],
      trainable: true,
    },
  ],
  output: "score",
};
const contract = {
  version: 1,
  model: "custom",
  title: "Tiny",
  protocol: "sound",
  weights: randomWeights,
  imageSize: size,
  interpolation: "area",
  scaling: unitScaling,
  classes: ["NORMAL", "PNEUMONIA"],
  threshold: { value: 0.5, policy: "0.5", chosenOn: null },
} as const;

async function audited(data: string, folder: string): Promise<Audit> {
  await using classifier = await openClassifier(`${data}.h5`, { cwd, heatMaps: false, threads: 1 });
  return (await auditModel(classifier, { data, folder, cwd })).audit;
}

test("a model trained with a planted marker is flagged, its twin trained without is not", async () => {
  const [marked, plain] = [await audited("marked", "of-marked"), await audited("plain", "of-plain")];
  assert.ok((marked.auc.value as number) > 0.95, `${marked.auc.value}`);
  assert.equal(marked.shortcuts, "found");
  const kinds = new Set(marked.findings.map(({ kind }) => kind));
  assert.ok(kinds.has("marker"), [...kinds].join());
  assert.ok(kinds.has("only-frame"), [...kinds].join());
  const corners = marked.findings.filter(({ kind }) => kind === "marker").map(({ title }) => title);
  assert.deepEqual([...new Set(corners)], ["marker, top left"]);

  assert.ok((plain.auc.value as number) > 0.65, `${plain.auc.value}`); // it has learnt something
  assert.equal(plain.shortcuts, "none found", JSON.stringify(plain.findings));
  assert.equal(plain.retest.samePixels, 0);
});

test("stopped, it goes on where it was; what a kill cut short is scored again; another audit does not go on there", async () => {
  const scores = join(cwd, "of-plain", "scores.jsonl");
  const whole = readFileSync(scores, "utf8");
  const lines = whole.split("\n");
  writeFileSync(scores, `${lines.slice(0, 40).join("\n")}\n`);
  appendFileSync(scores, (lines[40] as string).slice(0, 100));
  const told: number[] = [];
  await using classifier = await openClassifier("plain.h5", { cwd, heatMaps: false, threads: 1 });
  const onProgress = (done: number) => told.push(done);
  await auditModel(classifier, { data: "plain", folder: "of-plain", cwd, onProgress });
  assert.equal(told[0], 40);
  assert.equal(told.length, 60 - 39);
  assert.equal(readFileSync(scores, "utf8"), whole);
  const other = auditModel(classifier, { data: "plain", folder: "of-plain", seed: 2, cwd });
  await assert.rejects(other, hasCode("RUN_SETTINGS_CHANGED", "scores of others"));
  const taken = auditModel(classifier, { data: "plain", folder: "plain", cwd });
  await assert.rejects(taken, hasCode("RUN_FOLDER_TAKEN", "synthetic.json"));
});

test("by command: patients are drawn, a bad image is named and ends nothing, report and card say what was found", async () => {
  const terminal = capturedTerminal({ cwd });
  const args = ["audit", "marked.h5", "--data", "marked", "--images", "20", "--out", "drawn"];
  assert.equal(await runCommandLine(args, terminal), 0, terminal.errText());
  assert.match(terminal.outText(), /^(18|19|20) images of \d+ patients, \d+ images with pneumonia\.$/m);
  assert.match(terminal.outText(), /^marker, top left +6% +\d/m);
  assert.match(terminal.outText(), /^(Flagged: |No shortcut )/m);
  assert.match(terminal.errText(), /Written: .*report\.html/);
  assert.match(terminal.errText(), /^(?:The first reading|Reading \d+) of this test set/m);
  const page = readFileSync(join(cwd, "drawn", "report.html"), "utf8");
  assert.match(page, /of 61 images, patients drawn at random/);
  assert.match(readFileSync(join(cwd, "drawn", "model-card.md"), "utf8"), /^## Robustness and shortcuts$/m);
  const all = capturedTerminal({ cwd });
  assert.equal(
    await runCommandLine(["audit", "marked.h5", "--data", "marked", "--out", "of-marked", "--json"], all),
    0,
  );
  assert.match(all.errText(), /1 image of 61 skipped:\n.*broken\.jpeg: IMAGE_UNREADABLE/);
  const told = JSON.parse(all.outText());
  assert.equal(told.shortcuts, "found");
  assert.equal(told.skipped.length, 1);
  assert.equal(told.reading, null); // every score was there
  assert.match(readFileSync(told.files.report, "utf8"), /Flagged: the scores depend on markers or on the image/);
});
