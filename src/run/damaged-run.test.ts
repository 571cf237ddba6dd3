// Run folders that a disk has damaged or a user has copied: what is damaged is noticed and gone round where there is a way,
// what is only copied counts as it did.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { runPaths } from "../core/run-folder.js";
import { synthesise } from "../dataset/synthesise.js";
import { openModel } from "../inference/open-model.js";
import { readKerasModel } from "../interchange/keras-h5/read-keras-model.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import { readCheckpoint } from "../training/checkpoint.js";
import type { RunEvent } from "./run-events.js";
import { resumeRun, train } from "./train.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-damaged-"));
after(() => rmSync(cwd, { recursive: true }));

const settings = { data: "phantoms", imageSize: 32, threads: 1, batch: 8, epochs: 3, precision: "float32" } as const;
const whole = runPaths(join(cwd, "whole"));

before(async () => {
  const counts = {
    train: { normal: 12, pneumonia: 12 },
    val: { normal: 2, pneumonia: 2 },
    test: { normal: 4, pneumonia: 4 },
  };
  await synthesise(join(cwd, "phantoms"), { counts, seed: 3, size: 64 });
  await train(settings, { cwd, folder: "whole" });
});

/** Trains two of the three epochs. */
async function trainPartly(folder: string): Promise<void> {
  const stop = new AbortController();
  const onEvent = (event: RunEvent) => {
    if (event.type === "epoch end" && event.row.epoch === 2) stop.abort();
  };
  await assert.rejects(
    train(settings, { cwd, folder, onEvent, signal: stop.signal }),
    hasCode("TRAINING_INTERRUPTED", "epoch 3"),
  );
}

test("with its last checkpoint damaged, a training goes on from the one before, says so and ends as it should", async () => {
  await trainPartly("rotten");
  const paths = runPaths(join(cwd, "rotten"));
  // A page that the disk lost.
  writeFileSync(paths.lastWeights, readFileSync(paths.lastWeights).fill(0, 65_536, 69_632));
  const told: RunEvent[] = [];
  await resumeRun("rotten", { cwd, onEvent: (event) => told.push(event) });
  const [damaged] = told.filter((event) => event.type === "checkpoint damaged");
  assert.equal(damaged?.epochs, 1);
  assert.ok(existsSync(damaged.file), "it is kept for whoever wants to look at it");
  assert.ok(hasCode("MODEL_FILE_INVALID", "checksum")(damaged.error));
  assert.equal(told.filter((event) => event.type === "epoch end").length, 2);
  const [here, there] = await Promise.all([readCheckpoint(paths.lastWeights), readCheckpoint(whole.lastWeights)]);
  assert.deepEqual(here.weights, there.weights);
  assert.deepEqual(here.optimizer, there.optimizer);
  assert.equal(readFileSync(paths.predictions, "utf8"), readFileSync(whole.predictions, "utf8"));
});

test("a kill between the two names of a checkpoint costs an epoch and is no damage", async () => {
  await trainPartly("between");
  const paths = runPaths(join(cwd, "between"));
  rmSync(paths.lastWeights);
  const told: RunEvent[] = [];
  await resumeRun("between", { cwd, onEvent: (event) => told.push(event) });
  assert.ok(told.every((event) => event.type !== "checkpoint damaged"));
  assert.equal(readFileSync(paths.predictions, "utf8"), readFileSync(whole.predictions, "utf8"));
});

test("a kill between the last checkpoint and its row of history.csv loses no row", async () => {
  const copy = join(cwd, "no-row");
  cpSync(whole.folder, copy, { recursive: true });
  const paths = runPaths(copy);
  const history = readFileSync(paths.history, "utf8");
  writeFileSync(paths.history, history.split("\n").slice(0, 3).join("\n"));
  rmSync(paths.report); // what is written last: the run counts as unfinished
  await resumeRun("no-row", { cwd });
  assert.equal(readFileSync(paths.history, "utf8"), history);
});

test("where neither checkpoint can be read, the last one's error is told and both stay", async () => {
  await trainPartly("lost");
  const paths = runPaths(join(cwd, "lost"));
  for (const path of [paths.lastWeights, paths.previousWeights]) writeFileSync(path, "no model");
  await assert.rejects(resumeRun("lost", { cwd }), hasCode("MODEL_FILE_INVALID", "last.h5"));
  for (const path of [paths.lastWeights, paths.previousWeights]) assert.equal(readFileSync(path, "utf8"), "no model");
});

test("model.onnx is of its weights wherever the folder is copied, until these change", async () => {
  const copy = join(cwd, "copied");
  cpSync(whole.folder, copy, { recursive: true });
  const { onnx, bestWeights } = runPaths(copy);
  const openedFile = async () => {
    const model = await openModel(copy, { threads: 1 });
    await model.dispose();
    return model.file;
  };
  utimesSync(onnx, 1, 1); // as copying leaves them: the weights look newer
  assert.equal(await openedFile(), onnx);
  const { graph, weights, own } = await readKerasModel(bestWeights);
  await writeKerasModel(bestWeights, graph, weights, { json: { ...(own.json as object), other: 1 } });
  utimesSync(bestWeights, 1, 1); // other weights that look older
  utimesSync(onnx, 2, 2);
  assert.equal(await openedFile(), bestWeights);
  rmSync(bestWeights);
  assert.equal(await openedFile(), onnx, "a folder that was slimmed down keeps its model");
});
