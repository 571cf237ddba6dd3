// What a run folder must hold at any moment, however its training ended: each file absent or whole, nothing of what was
// said to be done missing. And what two finished runs must have in common.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../../src/core/errors.js";
import { lockFileName, lockFolder } from "../../src/core/folder-lock.js";
import { readJson } from "../../src/core/json-file.js";
import { runPaths } from "../../src/core/run-folder.js";
import { readPredictions } from "../../src/evaluation/predictions-file.js";
import { sealOf, verifySeal } from "../../src/interchange/keras-h5/h5-checksum.js";
import { readKerasModel } from "../../src/interchange/keras-h5/read-keras-model.js";
import { verifyChecksum } from "../../src/interchange/onnx/onnx-checksum.js";
import { readOnnxContract } from "../../src/interchange/onnx/read-onnx-contract.js";
import { isFinished } from "../../src/run/saved-run.js";
import { readSettings } from "../../src/run/settings-file.js";
import { readCheckpoint } from "../../src/training/checkpoint.js";
import { readHistory } from "../../src/training/history.js";

/** @param said what the processes in this folder have said so far @returns what is wrong, in words */
export async function inspectRun(folder: string, said: string): Promise<readonly string[]> {
  const found: string[] = [];
  const paths = runPaths(folder);
  const whole = async (path: string, read: () => Promise<unknown>) => {
    if (!existsSync(path)) return;
    await read().catch((thrown: unknown) => found.push(`${path} is not whole: ${messageOf(thrown)}`));
  };
  await whole(paths.args, () => readSettings(paths.args));
  for (const path of [paths.environment, paths.metrics, paths.provenance, paths.trainingSet]) {
    await whole(path, () => readJson(path, (value) => value));
  }
  await whole(paths.history, () => readHistory(paths.history));
  await whole(paths.predictions, () => readPredictions(paths.predictions));
  // Their checksums are of every byte; reading models takes a thread for each.
  for (const path of [paths.bestWeights, paths.fineTuneStart, paths.lastWeights, paths.previousWeights]) {
    await whole(path, async () => {
      if (!verifySeal(await readFile(path), path)) throw new Error("it has no checksum");
    });
  }
  await whole(paths.onnx, async () => {
    const bytes = new Uint8Array(await readFile(paths.onnx));
    readOnnxContract(bytes, paths.onnx);
    await verifyChecksum(bytes, paths.onnx);
  });
  await whole(paths.report, async () => {
    if (!(await readFile(paths.report, "utf8")).trimEnd().endsWith("</html>")) throw new Error("it breaks off");
  });
  const epochs = Math.max(0, ...[...said.matchAll(/^Epoch (\d+)\/\d+.*: loss /gm)].map((match) => Number(match[1])));
  if (epochs > 0) {
    const path = existsSync(paths.lastWeights) ? paths.lastWeights : paths.previousWeights;
    const kept = await readCheckpoint(path).then(
      ({ state }) => state.history.length,
      () => 0,
    );
    // Between the two renames of a later epoch's checkpoint only the one before it is there.
    if (kept < epochs) found.push(`${epochs} epochs were told, ${kept} are kept`);
    if (!existsSync(paths.bestWeights)) found.push("an epoch was told and there are no best weights");
  }
  if (/^Report: /m.test(said) && !isFinished(folder)) found.push("its end was told and it is not finished");
  return found;
}

/** @returns in what the run differs from one that was left alone, in words */
export async function compareRuns(folder: string, reference: string): Promise<readonly string[]> {
  const found: string[] = [];
  const [here, there] = [runPaths(folder), runPaths(reference)];
  if (!isFinished(folder)) return ["it is not finished"];
  for (const name of ["bestWeights", "lastWeights", "fineTuneStart"] as const) {
    if (!existsSync(there[name])) continue;
    const [one, other] = await Promise.all([readKerasModel(here[name]), readKerasModel(there[name])]);
    if (!isDeepStrictEqual(one.weights, other.weights)) found.push(`${name}: other weights`);
    if (!isDeepStrictEqual(one.own.tensors, other.own.tensors)) found.push(`${name}: another optimizer`);
  }
  if ((await readFile(here.predictions, "utf8")) !== (await readFile(there.predictions, "utf8"))) {
    found.push("other predictions");
  }
  const [rows, others] = await Promise.all([readHistory(here.history), readHistory(there.history)]);
  const timeless = (list: typeof rows) => list.map(({ seconds, imagesPerSecond, ...row }) => row);
  if (!isDeepStrictEqual(timeless(rows), timeless(others))) found.push("another history");
  const { madeFrom } = readOnnxContract(new Uint8Array(await readFile(here.onnx)), here.onnx);
  if (madeFrom === null || madeFrom !== (await sealOf(here.bestWeights))) found.push("model.onnx is of other weights");
  found.push(...(await leftBehind(folder)));
  return found;
}

/**
 * Unfinished files, and a lock that holds. One that a killed process left in a finished run holds nobody; what the taking of
 * a lock left beside it (`.lock.…`) goes when it is a minute old.
 */
export async function leftBehind(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const unfinished = names.filter((name) => /\.(tmp|part|partial)$/.test(name));
  const locks = names.filter((name) => basename(name) === lockFileName);
  const holding = await Promise.all(
    locks.map((name) =>
      lockFolder(join(folder, dirname(name))).then(
        (lock) => lock.release().then(() => []),
        () => [name],
      ),
    ),
  );
  return [...unfinished, ...holding.flat()].map((name) => `${join(folder, name)} was left behind`);
}
