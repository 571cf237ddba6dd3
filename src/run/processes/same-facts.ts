// What processes that train together must have in common, in words that a difference can be told by.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { packageVersion } from "../../core/package.js";
import { inParallel } from "../../dataset/in-parallel.js";
import { engineInfo } from "../../tensor/engine.js";
import { openForTraining } from "../prepare-data.js";
import { plainSettings, type RunSettings, trainingSettings } from "../settings.js";

/**
 * Versions, settings, and the dataset by its files' names, labels, parts and sizes: each file's content is read by one process
 * only, for all.
 * @throws AppError as `openForTraining`
 */
export async function sameFacts(settings: RunSettings, cacheFolder: string): Promise<Readonly<Record<string, string>>> {
  const plain = plainSettings(settings);
  const ofSettings = trainingSettings
    .filter((name) => name !== "weights") // read by process 0, for all
    .map((name) => [`setting ${name}`, JSON.stringify(plain[name])] as const);
  return {
    "version of Pneumoscope": packageVersion(),
    "version of libtorch": engineInfo().version,
    ...Object.fromEntries(ofSettings),
    dataset: await datasetFact(settings, cacheFolder),
  };
}

async function datasetFact(settings: RunSettings, cacheFolder: string): Promise<string> {
  const { samples } = await openForTraining({ ...settings, folder: settings.data, cacheFolder });
  const lines = new Array<string>(samples.length);
  await inParallel([...samples.keys()], 64, async (i) => {
    const { path, name, label, split, patient } = samples[i] as (typeof samples)[number];
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => null,
    );
    lines[i] = JSON.stringify([name, label, split, patient, bytes]);
  });
  const digest = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 12);
  return `${samples.length} images (${digest})`;
}
