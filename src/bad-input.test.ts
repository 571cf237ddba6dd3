// What plain JavaScript may get wrong, through the public API: each is one AppError that says what it is; nothing hangs, and
// nothing stays behind. The command line's own mistakes stand in cli/.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  brightnessModelSize,
  brightnessScore,
  writeBrightnessModel,
  writeFlatImage,
} from "../test/support/brightness-model.js";
import { hasCode } from "../test/support/has-code.js";
import { openAndDispose } from "../test/support/open-and-dispose.js";
import {
  AppError,
  checkDataset,
  compareRuns,
  describeModel,
  evaluateModel,
  evaluatePredictions,
  explainImages,
  exportModel,
  fetchWeights,
  findImages,
  listWeights,
  makePhantoms,
  openClassifier,
  openRun,
  plainSettings,
  type Result,
  resumeRun,
  setUpEngine,
  summariseDataset,
  train,
  trainAndCompare,
} from "./index.js";
import { createServer } from "./serve.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-bad-input-"));
const at = (...parts: string[]) => join(folder, ...parts);
const model = at("model.onnx");
/** Nothing here may take long: what waits for ever would otherwise only be found by the whole test run's limit. */
const timeout = 60_000;

before(async () => {
  await writeBrightnessModel(at("model.h5"), { threshold: 0.5 });
  await exportModel(at("model.h5"), { format: "onnx", out: model });
  for (let i = 0; i < 24; i++) await writeFlatImage(at("images", `${i}.png`), 10 * i);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** As plain JavaScript calls it. */
const untyped = (value: unknown) => value as never;
const opened = () => openClassifier(model, { threads: 1, keepsFile: true });

async function all(results: AsyncIterable<Result>): Promise<readonly Result[]> {
  const list: Result[] = [];
  for await (const result of results) list.push(result);
  return list;
}

test("an unknown option is refused with the one that was probably meant", { timeout }, async () => {
  await using classifier = await opened();
  const invalid = (part: string) => hasCode("OPTION_INVALID", part);
  await assert.rejects(openClassifier(model, untyped({ thread: 1 })), invalid('"thread". Did you mean "threads"?'));
  await assert.rejects(all(classifier.predict([], untyped({ heatmaps: true }))), invalid('Did you mean "heatMaps"?'));
  await assert.rejects(train(untyped({ data: folder, epoch: 1 })), invalid('Did you mean "epochs"?'));
  await assert.rejects(train({ data: folder }, untyped({ out: "here" })), invalid('"out"'));
  await assert.rejects(resumeRun(folder, untyped({ folder: "here" })), invalid('"folder"'));
  await assert.rejects(exportModel(model, untyped({ format: "onnx", out: "x", quantise: 8 })), invalid('"quantise"'));
  await assert.rejects(evaluateModel(classifier, untyped({ data: folder, splits: "test" })), invalid('"split"?'));
  await assert.rejects(explainImages(classifier, [], untyped({ folder: at("out"), classes: 1 })), invalid('"class"?'));
  await assert.rejects(compareRuns(["x"], untyped({ out: "x" })), invalid('"out"'));
  await assert.rejects(createServer(classifier, untyped({ port: 80 })), invalid('"port"'));
  await assert.rejects(makePhantoms(at("out"), untyped({ sizes: 64 })), invalid('Did you mean "size"?'));
  await assert.rejects(findImages([], untyped({ folder })), invalid('"folder"'));
  await assert.rejects(summariseDataset(folder, untyped({ root: folder })), invalid('"root"'));
  await assert.rejects(checkDataset(folder, untyped({ maxPixel: 9 })), invalid('Did you mean "maxPixels"?'));
  await assert.rejects(listWeights(untyped({ folders: folder })), invalid('Did you mean "folder"?'));
  await assert.rejects(fetchWeights("mobilenet", untyped({ onprogress: all })), invalid('Did you mean "onProgress"?'));
  await assert.rejects(setUpEngine(untyped({ onSteps: all })), invalid('Did you mean "onStep"?'));
  assert.ok(!existsSync(at("out")), "nothing was begun");
});

test("a value of another type is refused with what was given", { timeout }, async () => {
  await using classifier = await opened();
  const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
    [
      () => openClassifier(untyped(undefined)),
      "model: should be a path, or an object with name and bytes. Received nothing",
    ],
    [() => openClassifier(untyped(new Uint8Array(3))), "model: should be a path"],
    [() => openClassifier(model, untyped(null)), "openClassifier: takes its options as an object. Received null"],
    [
      () => openClassifier(model, untyped({ threads: "two" })),
      'threads: should be a whole number from 1 to 1024. Received "two"',
    ],
    [() => openClassifier(model, untyped({ heatMaps: "no" })), 'heatMaps: should be true or false. Received "no"'],
    [() => openClassifier(model, untyped({ runtime: "gpu" })), 'runtime: should be native or wasm. Received "gpu"'],
    [
      () => all(classifier.predict(untyped(7))),
      "images: should be a path, or an object with name and bytes. Received 7",
    ],
    [() => all(classifier.predict(untyped(["a.png", null]))), "Received null"],
    [() => all(classifier.predict(untyped(new Uint8Array(9)))), "Received an object"],
    [() => all(classifier.predict([], { threshold: 2 })), "threshold: should be a number from 0 to 1. Received 2"],
    [() => all(classifier.predict([], untyped({ signal: "stop" }))), "signal: should be an AbortSignal"],
    [() => classifier.run(untyped("pixels")), "images: should be a Uint8Array"],
    [() => classifier.run(new Uint8Array(5)), "Received 5 bytes"],
    [() => train(untyped(undefined)), "settings: should be an object. Received nothing"],
    [() => train({ data: folder, epochs: untyped("3") }), "epochs"],
    [() => train({ data: folder }, { folder: untyped(5) }), "folder: should be a path. Received 5"],
    [() => resumeRun(untyped(undefined)), "folder: should be a path"],
    [() => openRun(untyped(undefined)), "folder: should be a path"],
    [() => exportModel(model, untyped({ format: "onnx" })), "out: should be a path. Received nothing"],
    [() => evaluateModel(classifier, untyped({})), "data: should be a path. Received nothing"],
    [() => evaluateModel(untyped(undefined), { data: folder }), "model: should be a classifier"],
    [() => explainImages(untyped(undefined), [], { folder: at("out") }), "classifier: should be a classifier"],
    [async () => describeModel(untyped(undefined)), "name: should be a model's name. Received nothing"],
    [() => compareRuns(untyped("runs/a")), "runs: should be a list of at least one run folder"],
    [() => compareRuns([], { folder: at("out") }), "runs: should be a list of at least one run folder"],
    [() => trainAndCompare(untyped({ data: at("images") })), "models: should be a list of names"],
    [() => trainAndCompare(untyped({ data: at("images"), models: "custom" })), "models: should be a list of names"],
    [
      () => trainAndCompare(untyped({ data: at("images"), models: ["custom"], seeds: 3 })),
      "seeds: should be a list of whole numbers",
    ],
    [
      () => trainAndCompare(untyped({ data: at("images"), models: [{ model: "custom", validation: "official" }] })),
      'Received "validation" of custom. Set it for all',
    ],
    [() => makePhantoms(at("out"), { size: 8 }), "size: should be a whole number from 64 to 2048. Received 8"],
    [() => makePhantoms(at("out"), { counts: untyped({ train: 3 }) }), "counts: should be counts of normal"],
    [() => summariseDataset(untyped(5)), "folder: should be a path. Received 5"],
    [() => fetchWeights("mobilenet", { fetch: untyped("curl") }), "fetch: should be a function"],
    [() => createServer(classifier, { maxFiles: untyped("9") }), "maxFiles: should be a whole number"],
  ];
  for (const [call, part] of cases) await assert.rejects(call, hasCode("OPTION_INVALID", part));
});

test("a disposed classifier says so, also to whoever waits for results", { timeout }, async () => {
  const classifier = await opened();
  const results = classifier.predict(at("images"), { batchSize: 1 });
  assert.equal((await results.next()).value?.kind, "scored");
  const waiting = all(results);
  const disposed = classifier.dispose();
  await assert.rejects(waiting, hasCode("DISPOSED", "Open it again"));
  await disposed;
  await assert.rejects(all(classifier.predict(at("images"))), hasCode("DISPOSED", "disposed of"));
  await assert.rejects(classifier.run(new Uint8Array(brightnessModelSize ** 2)), hasCode("DISPOSED", "disposed of"));
  await classifier.dispose(); // a second time is no mistake
});

test("what was asked for before the end is still answered", { timeout }, async () => {
  const classifier = await opened();
  const asked = [90, 160].map((grey) => classifier.run(new Uint8Array(brightnessModelSize ** 2).fill(grey)));
  await classifier.dispose();
  const scores = (await Promise.all(asked)).map((output) => output.scores[0] as number);
  for (const [i, grey] of [90, 160].entries()) {
    assert.ok(Math.abs((scores[i] as number) - brightnessScore(grey)) < 1e-5, `grey ${grey}`);
  }
});

test("a file named twice comes once, also beside bytes; a pattern without images is told", { timeout }, async () => {
  await using classifier = await opened();
  const image = at("images", "3.png");
  const results = await all(classifier.predict([image, { name: "bytes", bytes: readFileSync(image) }, image]));
  assert.deepEqual(
    results.map(({ name }) => name),
    [image, "bytes"],
  );
  await assert.rejects(all(classifier.predict(at("images", "*.pgn"))), hasCode("NO_IMAGES_FOUND", "*.pgn"));
});

test("many classifiers may be open at once without a warning", { timeout }, async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => warnings.push(message);
  process.on("warning", note);
  const classifiers = await Promise.all(Array.from({ length: 12 }, opened));
  await Promise.all(classifiers.map((classifier) => classifier.dispose()));
  await new Promise((resolve) => setImmediate(resolve));
  process.removeListener("warning", note);
  assert.deepEqual(warnings, []);
});

test("a signal ends prediction in the middle of a batch, and before the first", { timeout }, async () => {
  await using classifier = await opened();
  const stop = new AbortController();
  const names: string[] = [];
  const interrupted = (async () => {
    for await (const { name } of classifier.predict(at("images"), { batchSize: 8, signal: stop.signal })) {
      names.push(name);
      if (names.length === 3) stop.abort(new Error("enough"));
    }
  })();
  await assert.rejects(interrupted, (thrown) => {
    assert.ok(hasCode("ABORTED", "predict")(thrown));
    assert.equal((thrown as AppError & { cause: Error }).cause.message, "enough");
    return true;
  });
  assert.equal(names.length, 3);
  await assert.rejects(all(classifier.predict(at("images"), { signal: AbortSignal.abort() })), hasCode("ABORTED", ""));
  const [after] = await all(classifier.predict(at("images", "20.png")));
  assert.ok(after?.kind === "scored" && Math.abs(after.score - brightnessScore(200)) < 1e-5, "it still works");
});

test("a .onnx file without a contract, or that is none, is refused", { timeout }, async () => {
  writeFileSync(at("text.onnx"), "not a model");
  await assert.rejects(openClassifier(at("text.onnx")), hasCode("MODEL_FILE_INVALID", "text.onnx"));
  writeFileSync(at("foreign.onnx"), withoutMetadata(readFileSync(model)));
  await assert.rejects(openClassifier(at("foreign.onnx")), hasCode("MODEL_FILE_INVALID", "foreign.onnx"));
  await assert.rejects(
    openClassifier({ name: "empty", bytes: new Uint8Array() }),
    hasCode("MODEL_FILE_INVALID", "empty"),
  );
});

test("of two trainings into one folder, one is refused", { timeout }, async () => {
  const counts = { normal: 4, pneumonia: 6 };
  await makePhantoms(at("phantoms"), { size: 64, counts: { train: counts, val: counts, test: counts } });
  const settings = { data: at("phantoms"), epochs: 1, batch: 4, imageSize: 64, threads: 1 };
  const options = { folder: at("run"), cacheFolder: at("cache") };
  const both = await Promise.allSettled([train(settings, options), train(settings, options)]);
  const refused = both.filter((result) => result.status === "rejected");
  assert.equal(refused.length, 1);
  hasCode("RUN_FOLDER_LOCKED", at("run"))(refused[0]?.reason);
  await assert.rejects(train(settings, options), hasCode("RUN_FOLDER_TAKEN", at("run")));
  assert.equal((await openRun(at("run"))).folder, at("run"));
});

test("a comparison stops at its signal, looks at other runs before it trains, and tells no paths", {
  timeout,
}, async () => {
  const counts = { normal: 4, pneumonia: 6 };
  const data = at("clinic-of-dr-x", "phantoms");
  await makePhantoms(data, { size: 64, counts: { train: counts, val: counts, test: counts } });
  const settings = { epochs: 1, batch: 4, imageSize: 64, threads: 1 };
  const places = { cacheFolder: at("cache") };
  const { folder: run } = await train({ ...settings, data }, { ...places, folder: at("finished") });
  const stopped = compareRuns([run], { ...places, folder: at("stopped"), signal: AbortSignal.abort() });
  await assert.rejects(stopped, hasCode("ABORTED", "compare"));
  assert.ok(!existsSync(at("stopped", "comparison.html")));
  const asked = { ...settings, data, models: ["custom"] };
  const misspelt = trainAndCompare(asked, { ...places, folder: at("never"), also: [at("typo")] });
  await assert.rejects(misspelt, hasCode("FILE_MISSING", at("typo")));
  assert.ok(!existsSync(at("never")));
  renameSync(data, at("clinic-of-dr-x", "moved"));
  await compareRuns([run], { ...places, folder: at("compared") });
  for (const name of ["comparison.html", "comparison.md"]) {
    const text = readFileSync(at("compared", name), "utf8");
    assert.match(text, /phantoms: there is no such folder/);
    assert.doesNotMatch(text, /clinic-of-dr-x/);
  }
});

test("a threshold that cannot be chosen is told before the first epoch; its settings can be given again", {
  timeout,
}, async () => {
  const both = { normal: 4, pneumonia: 6 };
  const counts = { train: both, val: { normal: 4, pneumonia: 0 }, test: both };
  const data = at("one-class");
  await makePhantoms(data, { size: 64, counts });
  const settings = { data, epochs: 1, batch: 4, imageSize: 64, threads: 1, validation: "official" } as const;
  const places = { cacheFolder: at("cache") };
  const stuck = train({ ...settings, threshold: "youden" }, { ...places, folder: at("stuck") });
  await assert.rejects(stuck, hasCode("THRESHOLD_UNDEFINED", '"youden" on validation'));
  assert.ok(!existsSync(at("stuck", "history.csv")));
  const first = await train({ ...settings, threshold: 0.5, seed: 3 }, { ...places, folder: at("first") });
  const again = await train(plainSettings(first.settings), { ...places, folder: at("again") });
  assert.deepEqual(again.evaluation, first.evaluation);
  const { evaluation } = await evaluatePredictions(first.files.predictions, { threshold: 0.5 });
  const { threshold } = first.evaluation.test;
  // Who gives the number afterwards may have seen the scores. Nothing else differs.
  assert.deepEqual(evaluation, { ...first.evaluation.test, threshold: { ...threshold, givenBy: "user" } });
});

test("a pipe or a device in place of a file is refused at once", {
  timeout,
  skip: process.platform === "win32",
}, async () => {
  const pipe = at("pipe");
  for (const name of ["pipe", "pipe.onnx", "pipe.h5", "pipe.png", "args.json"]) execFileSync("mkfifo", [at(name)]);
  await using classifier = await opened();
  for (const place of [at("pipe.onnx"), at("pipe.h5"), pipe, "/dev/zero"]) {
    await assert.rejects(openClassifier(place), hasCode("FILE_UNREADABLE", place));
  }
  for (const place of [at("pipe.png"), pipe, "/dev/zero"]) {
    const [result] = await all(classifier.predict(place));
    assert.ok(result?.kind === "failed" && result.error.code === "IMAGE_UNREADABLE", place);
  }
  await assert.rejects(
    exportModel(at("pipe.h5"), { format: "onnx", out: at("b.onnx") }),
    hasCode("FILE_UNREADABLE", ""),
  );
  for (const work of [() => resumeRun(folder), () => openRun(folder), () => train({ data: pipe })]) {
    await assert.rejects(work, (thrown) => thrown instanceof AppError && /^(FILE|DATASET)_/.test(thrown.code));
  }
});

test("opening and disposing of a classifier, over and over, leaves nothing behind", { timeout: 180_000 }, async () => {
  // 60 times here, 1,000 in bench/open-and-dispose.ts: a thread that stays would hold 10 MB, a session some 2.
  const { first, last } = await openAndDispose(model, 60);
  assert.ok(last.residentBytes - first.residentBytes < 40e6, `${first.residentBytes} -> ${last.residentBytes} bytes`);
  assert.equal(last.openFiles, first.openFiles);
});

/** ONNX' metadata_props is field 14 of ModelProto, a message: the fields are walked, and those of that number left out. */
function withoutMetadata(bytes: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const varint = (): number => {
      let value = 0;
      for (let shift = 1; ; shift *= 128) {
        const byte = bytes[at++] as number;
        value += (byte % 128) * shift;
        if (byte < 128) return value;
      }
    };
    const tag = varint();
    const length = varint();
    if (tag % 8 === 2) at += length;
    if (Math.floor(tag / 8) !== 14) kept.push(bytes.subarray(start, at));
  }
  return Buffer.concat(kept);
}
