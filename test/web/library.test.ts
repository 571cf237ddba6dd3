// The library for browsers as it lies in dist/web/library, without a bundler: Node's results, and one error for each misuse.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type * as library from "../../src/browser.js";
import type * as inference from "../../src/inference.js";
import { openClassifier, type Result } from "../../src/inference.js";
import { golden } from "../support/paths.js";
import { builtPage, launchChromium, openPage, withoutChromium } from "./support/chromium.js";
import { pageModel } from "./support/page-model.js";
import { type StaticHost, startHost } from "./support/static-host.js";

/** As the page's tests: two builds of one runtime. */
const scoreTolerance = 1e-5;
const heatTolerance = 1e-4;

const model = pageModel();
const images = {
  "grey.jpg": readFileSync(golden("opencv", "grey.jpg")),
  "phantom.png": readFileSync(join(builtPage, "examples", "phantom-opacity-1.png")),
  "htj2k.dcm": readFileSync(golden("dicom", "htj2k.dcm")),
  "cut.jpg": readFileSync(golden("opencv", "grey.jpg")).subarray(0, 300),
};
let browser: Browser;
let host: StaticHost;
let page: Page;

before(async () => {
  if (withoutChromium !== false) return;
  browser = await launchChromium();
  host = await startHost(model, "bare");
  host.files.set("index.html", "<!doctype html><title>A page without a bundler</title>");
  for (const [name, bytes] of Object.entries(images)) host.files.set(name, bytes);
  ({ page } = await openPage(browser, host.url));
});
after(async () => {
  await browser?.close();
  await host?.close();
});

/** Runs the body of an async function in the page, with the library's names and a few helpers. */
const inPage = (body: string): Promise<unknown> =>
  page.evaluate(`(async () => {
    const { openClassifier, decodeImage, AppError } = await import("./library/browser.js");
    const fileOf = async (name) => new File([await (await fetch(name)).arrayBuffer()], name);
    const filesOf = (names) => Promise.all(names.map(fileOf));
    const all = async (results) => {
      const found = [];
      for await (const result of results) {
        const { error, heatMap, heatMaps, pixels, image, ...plain } = result;
        const data = (map) => map && { ...map, data: [...map.data] };
        found.push({
          ...plain,
          ...(error && { code: error.code }),
          ...(heatMap && { heatMap: data(heatMap) }),
          ...(heatMaps && { heatMaps: { NORMAL: data(heatMaps.NORMAL), PNEUMONIA: data(heatMaps.PNEUMONIA) } }),
          ...(pixels && { pixels: [...pixels] }),
          ...(image && { image: { ...image, data: [...image.data] } }),
        });
      }
      return found;
    };
    const codeOf = (promise) => promise.then(() => "nothing", (thrown) => thrown instanceof AppError ? thrown.code : String(thrown));
    ${body}
  })()`);

interface PlainMap {
  readonly width: number;
  readonly height: number;
  readonly data: readonly number[];
}

/** Two versions of one JavaScript engine: the last digit of a logarithm may differ. */
const rounded = (value: object): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (typeof part === "number" ? Number(part.toPrecision(12)) : part)));

function assertClose(found: PlainMap | undefined, expected: library.HeatMap | undefined, name: string): void {
  assert.ok(expected !== undefined && expected.data.length > 0, `${name}: Node has a map`);
  assert.deepEqual([found?.width, found?.height], [expected.width, expected.height], name);
  const differences = [...expected.data].map((heat, i) => Math.abs(heat - (found?.data[i] as number)));
  assert.ok(Math.max(...differences) <= heatTolerance, name);
}

test("results are Node's: scores, labels, scope, warnings, heat maps, pixels and errors", {
  skip: withoutChromium,
}, async () => {
  const names = Object.keys(images);
  const found = (await inPage(`
    const classifier = await openClassifier("model.onnx", { engine: "wasm" });
    const options = { heatMaps: "both", pixels: true, images: true, threshold: 0.41 };
    const one = await all(classifier.predict(await filesOf(${JSON.stringify(names)}), options));
    const three = await all(classifier.predict(await filesOf(${JSON.stringify(names)}), { ...options, batchSize: 3 }));
    await classifier.dispose();
    return [one, three];
  `)) as readonly (readonly Record<string, unknown>[])[];
  await using node = await openClassifier({ name: "model.onnx", bytes: model }, { threads: 1 });
  const inputs = Object.entries(images).map(([name, bytes]) => ({ name, bytes }));
  const options = { heatMaps: "both", pixels: true, images: true, threshold: 0.41 } as const;
  const expected: Result[] = [];
  for await (const result of node.predict(inputs, options)) expected.push(result);
  for (const rows of found) {
    assert.equal(rows.length, expected.length);
    for (const [i, wanted] of expected.entries()) {
      const row = rows[i] as Record<string, unknown>;
      assert.equal(row.name, wanted.name);
      assert.equal(row.kind, wanted.kind, wanted.name);
      if (wanted.kind === "failed") {
        assert.equal(row.code, wanted.error.code);
        continue;
      }
      const { score, heatMap, heatMaps, pixels, image, ...same } = wanted;
      const {
        score: rowScore,
        heatMap: rowMap,
        heatMaps: rowMaps,
        pixels: rowPixels,
        image: rowImage,
        ...rowSame
      } = row;
      assert.ok(Math.abs((rowScore as number) - score) <= scoreTolerance, wanted.name);
      assert.deepEqual(rounded(rowSame), rounded(same));
      assertClose(rowMap as PlainMap, heatMap ?? undefined, wanted.name);
      assertClose((rowMaps as Record<string, PlainMap>).NORMAL, heatMaps?.NORMAL, wanted.name);
      assertClose((rowMaps as Record<string, PlainMap>).PNEUMONIA, heatMaps?.PNEUMONIA, wanted.name);
      assert.deepEqual(rowPixels, [...(pixels as Uint8Array)], wanted.name);
      assert.deepEqual(rowImage, { ...image, data: [...(image?.data ?? [])] }, wanted.name);
    }
  }
});

test("a model comes from an address, an answer, a file or bytes, and images from files, bytes or decodeImage", {
  skip: withoutChromium,
}, async () => {
  const scores = (await inPage(`
    const bytes = new Uint8Array(await (await fetch("model.onnx")).arrayBuffer());
    const sources = [new URL("model.onnx", location.href), await fetch("model.onnx"), new File([bytes], "m.onnx"), bytes, { name: "m.onnx", bytes }];
    const file = await fileOf("phantom.png");
    const named = { name: "p.png", bytes: new Uint8Array(await file.arrayBuffer()) };
    const scores = [];
    for (const source of sources) {
      const classifier = await openClassifier(source);
      const rows = await all(classifier.predict([file, named, new Blob([file]), await decodeImage(file)]));
      scores.push(...rows.map(({ name, score }) => name + " " + score));
      await classifier.dispose();
    }
    return scores;
  `)) as readonly string[];
  assert.equal(scores.length, 20);
  assert.equal(new Set(scores.map((row) => row.split(" ")[1])).size, 1);
  assert.deepEqual(
    scores.slice(0, 4).map((row) => row.split(" ")[0]),
    ["phantom.png", "p.png", "image", "phantom.png"],
  );
});

test("the WebAssembly can lie elsewhere, and where it is missing one error says so", {
  skip: withoutChromium,
}, async () => {
  for (const name of readdirSync(join(builtPage, "assets")).filter((name) => /\.(wasm|mjs)$/.test(name))) {
    host.files.set(`elsewhere/${name}`, readFileSync(join(builtPage, "assets", name)));
  }
  host.files.set("broken/mozjpeg_dec.wasm", "no WebAssembly");
  const fresh = await browser.newPage();
  try {
    const asked: string[] = [];
    fresh.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await fresh.goto(host.url);
    const found = await fresh.evaluate(`(async () => {
      const { openClassifier, AppError } = await import("./library/browser.js");
      const assets = (name) => "elsewhere/" + name;
      const classifier = await openClassifier("model.onnx", { assets, engine: "wasm" });
      const file = new File([await (await fetch("grey.jpg")).arrayBuffer()], "grey.jpg");
      const kinds = [];
      for await (const result of classifier.predict(file)) kinds.push(result.kind);
      const missing = await openClassifier("model.onnx", { assets: (name) => "nowhere/" + name, engine: "wasm" });
      for await (const result of missing.predict(file)) kinds.push(result.error.code);
      const broken = await openClassifier("model.onnx", { assets: (name) => "broken/" + name, engine: "wasm" });
      for await (const result of broken.predict(file)) kinds.push(result.error.code);
      return kinds;
    })()`);
    assert.deepEqual(found, ["scored", "DOWNLOAD_FAILED", "DOWNLOAD_FAILED"]);
    assert.deepEqual(
      asked.filter((path) => path.includes("/assets/")),
      [],
    );
  } finally {
    await fresh.close();
  }
  const other = await browser.newPage();
  try {
    await other.goto(host.url);
    const code = await other.evaluate(`import("./library/browser.js").then(({ openClassifier }) =>
      openClassifier("model.onnx", { assets: (name) => "nowhere/" + name, engine: "wasm" })).catch(({ code }) => code)`);
    assert.equal(code, "DOWNLOAD_FAILED");
  } finally {
    await other.close();
  }
});

test("each misuse has one error", { skip: withoutChromium }, async () => {
  host.files.set("photo.onnx", images["phantom.png"]);
  const found = await inPage(`
    const ended = AbortSignal.abort();
    const classifier = await openClassifier("model.onnx");
    const file = await fileOf("phantom.png");
    const first = (inputs, options) => codeOf(classifier.predict(inputs, options).next());
    const stop = new AbortController();
    const stopped = classifier.predict([file, file, file], { signal: stop.signal });
    await stopped.next();
    stop.abort();
    const late = new AbortController();
    const stopWhenTheRuntimeLoads = (name) => (late.abort(), "assets/" + name);
    const throwing = () => { throw new TypeError("the caller's own") };
    const codes = {
      missing: await codeOf(openClassifier("missing.onnx")),
      photo: await codeOf(openClassifier("photo.onnx")),
      nothing: await codeOf(openClassifier(undefined)),
      engine: await codeOf(openClassifier("model.onnx", { engine: "cuda" })),
      abortedOpening: await codeOf(openClassifier("model.onnx", { signal: ended })),
      abortedLate: await codeOf(openClassifier("model.onnx", { engine: "wasm", signal: late.signal, assets: stopWhenTheRuntimeLoads })),
      progress: await codeOf(openClassifier("model.onnx", { onProgress: throwing })),
      aborted: await codeOf(stopped.next()),
      path: await first("chest.jpeg"),
      number: await first([3]),
      empty: (await all(classifier.predict([]))).length,
      threshold: await first(file, { threshold: 2 }),
      batchSize: await first(file, { batchSize: 0 }),
      heatMaps: await first(file, { heatMaps: "lungs" }),
      bytes: await codeOf(classifier.run(new Uint8Array(5))),
      decoded: await codeOf(decodeImage("chest.jpeg")),
    };
    const going = classifier.predict([file, file, file]);
    await going.next();
    await classifier.dispose();
    await classifier.dispose();
    return { ...codes, going: await codeOf(going.next()), disposed: await first(file), run: await codeOf(classifier.run(new Uint8Array(224 ** 2))) };
  `);
  assert.deepEqual(found, {
    missing: "DOWNLOAD_FAILED",
    photo: "MODEL_FILE_INVALID",
    nothing: "OPTION_INVALID",
    engine: "OPTION_INVALID",
    abortedOpening: "ABORTED",
    abortedLate: "ABORTED",
    progress: "TypeError: the caller's own",
    aborted: "ABORTED",
    path: "OPTION_INVALID",
    number: "OPTION_INVALID",
    empty: 0,
    threshold: "OPTION_INVALID",
    batchSize: "OPTION_INVALID",
    heatMaps: "OPTION_INVALID",
    bytes: "OPTION_INVALID",
    decoded: "OPTION_INVALID",
    going: "DISPOSED",
    disposed: "DISPOSED",
    run: "DISPOSED",
  });
});

/** Code for results of the one takes those of the other; checked by the compiler alone. */
type Assignable<From extends To, To> = From;
export type ResultsAgree = [
  Assignable<library.Result, inference.Result>,
  Assignable<inference.Result, library.Result>,
  Assignable<library.PredictOptions, inference.PredictOptions>,
  Assignable<inference.PredictOptions, library.PredictOptions>,
  Assignable<ReturnType<library.Classifier["predict"]>, ReturnType<inference.Classifier["predict"]>>,
  Assignable<
    Awaited<ReturnType<typeof library.openClassifier>>,
    Pick<inference.Classifier, "contract" | "run" | "dispose">
  >,
];
