// One score everywhere: the same pictures as JPEG, PNG and DICOM through the training engine, `evaluate`, `predict`, the
// API and the page in Chromium.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { runCommandLine } from "../src/cli/main.js";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { decodeGray } from "../src/images/decode-gray.js";
import { encodePng } from "../src/images/encode.js";
import type { GrayImage } from "../src/images/gray-image.js";
import { readRadiograph } from "../src/images/read-radiograph.js";
import { findModel } from "../src/model/zoo/registry.js";
import { openReader } from "../src/reading/open-reader.js";
import { Network } from "../src/training/network.js";
import { scoreImages } from "../src/training/score.js";
import { capturedTerminal } from "./support/captured-terminal.js";
import { dicomFile, pictureElements } from "./support/dicom-writer.js";
import { livelyWeights } from "./support/lively-weights.js";
import { golden, realData, withoutRealData } from "./support/paths.js";
import { brightnessServer, multipart, predict } from "./support/served-brightness.js";
import {
  chooseFiles,
  launchChromium,
  openPage,
  savedRows,
  waitForAll,
  waitForModel,
  withoutChromium,
} from "./web/support/chromium.js";
import { pageContract, pageModel } from "./web/support/page-model.js";
import { startHost } from "./web/support/static-host.js";

/** What issue 4 allows between the training engine and what reads a model file. */
const toTrainer = 1e-4;
/** One runtime, in several builds and batches: the last digits of a float32 may differ. */
const amongReaders = 1e-5;

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-one-score-"));
const model = pageModel();
before(() => writeFileSync(join(cwd, "model.onnx"), model));
after(() => rmSync(cwd, { recursive: true }));

/** By the file's name, without its folder. */
type Scores = ReadonlyMap<string, number>;

const ways: Readonly<Record<string, (files: readonly string[], tree: string) => Promise<Scores>>> = {
  evaluate: byEvaluate,
  predict: byPredict,
  API: byApi,
  page: byPage,
};

const nativeImages = (label: string) => {
  const [first = ""] = readdirSync(realData("chest_xray_native", label));
  return realData("chest_xray_native", label, first);
};
const sources = [
  {
    title: "golden images",
    skip: false,
    pictures: () => [golden("opencv", "grey.jpg"), golden("opencv", "rgb-420.jpg")],
  },
  {
    title: "real radiographs",
    skip: withoutRealData("chest_xray_native"),
    pictures: () => ["NORMAL", "PNEUMONIA"].map(nativeImages),
  },
] as const;

for (const { title, skip, pictures } of sources) {
  test(`${title}: the same score everywhere, whatever the format`, { skip }, async (context) => {
    const tree = title.replace(" ", "-");
    const files = await writeTree(tree, pictures());
    const expected = await byTrainer(tree);
    assertWhole("trainer", expected, files);
    assert.equal(new Set([...expected.values()].map((score) => score.toFixed(4))).size, 2, "the pictures differ");
    let first: Scores | undefined;
    for (const [way, scoresOf] of Object.entries(ways)) {
      if (way === "page" && withoutChromium !== false) {
        context.diagnostic(`page left out: ${withoutChromium}`);
        continue;
      }
      const scores = await scoresOf(files, tree);
      assertWhole(way, scores, files);
      first ??= scores;
      context.diagnostic(`${way}: ${farthest(scores, expected).toExponential(1)} from the trainer`);
      assert.ok(farthest(scores, expected) <= toTrainer, `${way} and the trainer`);
      assert.ok(farthest(scores, first) <= amongReaders, `${way} and evaluate`);
    }
  });
}

/** A score for every file, and the same one for all files of a picture. */
function assertWhole(way: string, scores: Scores, files: readonly string[]): void {
  assert.deepEqual([...scores.keys()].sort(), files.map((file) => basename(file)).sort(), way);
  for (const [name, score] of scores) {
    const ofJpeg = scores.get(name.replace(/\.\w+$/, ".jpg")) as number;
    assert.ok(Math.abs(score - ofJpeg) <= amongReaders, `${way}: ${name} and its JPEG: ${score}, ${ofJpeg}`);
  }
}

/** NORMAL/0.jpg, .png, .dcm with the first picture and PNEUMONIA/1.* with the second; the PNG and DICOM files have the JPEG's decoded pixels. */
async function writeTree(tree: string, pictures: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const [i, picture] of pictures.entries()) {
    const folder = join(tree, i === 0 ? "NORMAL" : "PNEUMONIA");
    mkdirSync(join(cwd, folder), { recursive: true });
    const image = await decodeGray(picture);
    const contents = { jpg: readFileSync(picture), png: await encodePng(image), dcm: dicomOf(image) };
    for (const [extension, bytes] of Object.entries(contents)) {
      files.push(join(folder, `${i}.${extension}`));
      writeFileSync(join(cwd, files.at(-1) as string), bytes);
    }
  }
  return files;
}

/** 8 bits, with the window that leaves every grey level as it is (PS3.3 C.11.2.1.2). */
function dicomOf({ width, height, data }: GrayImage): Uint8Array {
  const even = new Uint8Array(data.length + (data.length % 2));
  even.set(data);
  const elements = pictureElements(width, height, [
    [0x00280100, "US", 8],
    [0x00280101, "US", 8],
    [0x00280102, "US", 7],
    [0x00281050, "DS", "128"],
    [0x00281051, "DS", "256"],
  ]);
  return dicomFile({ elements: [...elements, [0x7fe00010, "OB", even]] });
}

const farthest = (a: Scores, b: Scores): number =>
  Math.max(...[...a].map(([name, score]) => Math.abs(score - (b.get(name) ?? Number.NaN))));

async function byTrainer(tree: string): Promise<Scores> {
  const { samples } = await openDataset(join(cwd, tree), { classFoldersAs: "test" });
  const { imageSize: size, scaling } = pageContract();
  const { pixels, loaded } = await loadImages(samples, { size, cacheFolder: null });
  const graph = findModel("custom").build({ protocol: "sound" });
  const network = new Network(graph, livelyWeights(graph, 3));
  const indices = Int32Array.from(loaded.keys());
  const scores = await scoreImages(network, { pixels, size }, indices, { scaling, batchSize: 4 });
  network.dispose();
  return new Map(loaded.map(({ name }, i) => [basename(name), scores[i] as number]));
}

async function command(...args: string[]): Promise<string> {
  const terminal = capturedTerminal({ cwd });
  assert.equal(await runCommandLine(args, terminal), 0, terminal.errText());
  return terminal.outText();
}

async function byEvaluate(_files: readonly string[], tree: string): Promise<Scores> {
  await command("evaluate", "model.onnx", "--data", tree, "--out", `${tree}-results`);
  const rows = await readPredictions(join(cwd, `${tree}-results`, "predictions.csv"));
  return new Map(rows.map(({ name, score }) => [basename(name), score]));
}

async function byPredict(_files: readonly string[], tree: string): Promise<Scores> {
  const lines = (await command("predict", tree, "--model", "model.onnx", "--json")).trim().split("\n");
  return new Map(
    lines.map((line) => {
      const { path, score } = JSON.parse(line);
      return [basename(path), score];
    }),
  );
}

async function byApi(files: readonly string[]): Promise<Scores> {
  const reader = await openReader(join(cwd, "model.onnx"), { threads: 1 });
  const app = await brightnessServer({ model: reader, readRadiograph });
  const form = await multipart(files.map((file) => [basename(file), readFileSync(join(cwd, file))] as const));
  const reply = await predict(app, form);
  await app.close();
  await reader.dispose();
  assert.equal(reply.statusCode, 200, reply.body);
  return new Map(reply.json().results.map(({ name, score }: { name: string; score: number }) => [name, score]));
}

async function byPage(files: readonly string[]): Promise<Scores> {
  const browser = await launchChromium();
  const host = await startHost(model, "isolated");
  try {
    const { page } = await openPage(browser, host.url);
    await waitForModel(page);
    await chooseFiles(
      page,
      files.map((file) => join(cwd, file)),
    );
    await waitForAll(page);
    return new Map((await savedRows(page)).map(({ path, score }) => [path, Number(score)]));
  } finally {
    await browser.close();
    await host.close();
  }
}
