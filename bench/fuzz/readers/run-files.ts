// What a run folder holds beside its weights: args.json, history.csv, predictions.csv, and the files a comparison reads.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../../src/core/errors.js";
import type { Random } from "../../../src/core/random.js";
import { runPaths } from "../../../src/core/run-folder.js";
import { formatPredictions, parsePredictions } from "../../../src/evaluation/predictions-file.js";
import { randomWeights } from "../../../src/model/weights-origin.js";
import { readSavedRun } from "../../../src/run/saved-run.js";
import { plainSettings } from "../../../src/run/settings.js";
import { parseSettings } from "../../../src/run/settings-file.js";
import { formatHistory, parseHistory } from "../../../src/training/history.js";
import { sampleSettings } from "../../../test/support/sample-settings.js";
import { pick } from "../structured/choose.js";
import { hostileCsv } from "../structured/csv.js";
import { hostileJsonText } from "../structured/json.js";
import { bytesText, type FuzzReader, type OpenReader, reads, structuredText, textBytes } from "./reader.js";

const sound = {
  args: JSON.stringify({ version: 1, ...plainSettings(sampleSettings) }),
  environment: JSON.stringify({ node: "v20.20.2", cores: 2 }),
  history: formatHistory(
    Array.from({ length: 3 }, (_, i) => ({
      epoch: i + 1,
      loss: 0.5 / (i + 1),
      accuracy: 0.9,
      validationLoss: i === 1 ? null : 0.25,
      validationAccuracy: 0.875,
      validationAuc: 0.95,
      learningRate: 1e-3,
      imagesPerSecond: 80.5,
      seconds: 60,
    })),
  ),
  predictions: formatPredictions(
    Array.from({ length: 8 }, (_, i) => ({
      name: `NORMAL/IM-000${i}.jpeg`,
      patient: `IM-${i}`,
      label: i % 2 === 0 ? 0 : 1,
      score: i / 8 + 1e-9,
      split: i < 4 ? "test" : "validation",
    })),
  ),
  metrics: JSON.stringify({
    version: 1,
    threshold: { value: 0.5, policy: "youden", chosenOn: "validation", reached: null },
  }),
  provenance: JSON.stringify({
    version: 2,
    weights: randomWeights,
    trainedOn: { images: 10, sha256: "ab" },
    testedOn: { images: 4, sha256: "cd" },
  }),
  report: "<!doctype html>",
};

type Part = keyof typeof sound;
const parts: readonly Part[] = ["args", "environment", "history", "predictions", "metrics", "provenance"];

/** As `readJson` does, without the file. */
function readArgs(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(bytesText(bytes));
  } catch (cause) {
    throw new AppError("RUN_FILE_INVALID", { place: "args.json", rule: "is no JSON" }, { cause });
  }
  return parseSettings(value);
}

/** The run's folder; the file that is hostile is named in the first line of the bytes. */
async function openRunFolder(): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-run-"));
  const paths = runPaths(folder);
  const restore = (part: Part) => writeFile(paths[part], sound[part]);
  for (const part of Object.keys(sound) as Part[]) await restore(part);
  return {
    read: async (bytes) => {
      const text = bytesText(bytes);
      const end = text.indexOf("\n");
      const part = parts.find((name) => name === text.slice(0, end)) ?? "args";
      await writeFile(paths[part], text.slice(end + 1));
      try {
        return await readSavedRun(folder, { cwd: folder });
      } finally {
        await restore(part);
      }
    },
    close: () => rm(folder, { recursive: true }),
  };
}

const hostileRunFile = (text: string, random: Random): string => {
  const end = text.indexOf("\n");
  const part = text.slice(0, end);
  const change = part === "history" || part === "predictions" ? hostileCsv : hostileJsonText;
  return `${part}\n${change(text.slice(end + 1), random)}`;
};

/** Reads the bytes, or what `seal` makes of them, as a file of that name. */
export function openFile(
  name: string,
  read: (path: string) => Promise<unknown>,
  seal = (bytes: Uint8Array): Uint8Array => bytes,
): () => Promise<OpenReader> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-"));
    const path = join(folder, name);
    return {
      read: async (bytes) => {
        await writeFile(path, seal(bytes));
        return read(path);
      },
      close: () => rm(folder, { recursive: true }),
    };
  };
}

const seeds =
  (...texts: readonly string[]) =>
  async () =>
    texts.map(textBytes);

export const runFileReaders: readonly FuzzReader[] = [
  {
    name: "predictions.csv",
    weight: 120,
    seeds: seeds(sound.predictions),
    structured: structuredText(hostileCsv),
    open: reads((bytes) => parsePredictions(bytesText(bytes))),
  },
  {
    name: "history.csv",
    weight: 120,
    seeds: seeds(sound.history),
    structured: structuredText(hostileCsv),
    open: reads((bytes) => parseHistory(bytesText(bytes), "history.csv")),
  },
  {
    name: "args.json",
    weight: 120,
    seeds: seeds(sound.args),
    structured: structuredText(hostileJsonText),
    open: reads(readArgs),
  },
  {
    name: "run folder",
    weight: 20,
    seeds: seeds(...parts.map((part) => `${part}\n${sound[part]}`)),
    structured: (random, all) => textBytes(hostileRunFile(bytesText(pick(random, all)), random)),
    open: openRunFolder,
  },
];
