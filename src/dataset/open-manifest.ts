// A dataset that a manifest lists: its images, their labels, patients and parts, wherever below the manifest they lie.
import { stat } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { AppError } from "../core/errors.js";
import { manifestBatches } from "./manifest/read-manifest.js";
import type { Sample, SplitName } from "./sample.js";

/** Rows whose files are looked for when a manifest is opened; the others are met when they are read. */
const lookedFor = 20;

/**
 * @param splitOfRest the part of images whose row names none
 * @param factsAre "dropped" by whoever only counts: of a million images they take 150 MB
 * @throws AppError as `readManifest`; FILE_MISSING where the images are not beside the manifest
 */
export async function openManifest(
  file: string,
  splitOfRest: SplitName,
  factsAre: "kept" | "dropped" = "kept",
): Promise<{ readonly root: string; readonly samples: Sample[] }> {
  const root = dirname(file);
  const above = root + sep;
  const samples: Sample[] = [];
  for await (const rows of manifestBatches(file)) {
    for (const { path, label, patient, split, facts } of rows) {
      // Paths have no dots left. Not `join`, which would make a million long texts of two short ones.
      const place = above + (sep === "/" ? path : path.replaceAll("/", sep));
      const sample: Sample = { path: place, name: path, split: split ?? splitOfRest, label, patient };
      samples.push(factsAre === "kept" ? { ...sample, facts } : sample);
    }
  }
  await requireFiles(file, samples);
  return { root, samples };
}

/** A manifest that lies elsewhere than its images would have every one of them reported. */
async function requireFiles(file: string, samples: readonly Sample[]): Promise<void> {
  const step = Math.max(1, Math.floor(samples.length / lookedFor));
  const some = samples.filter((_, i) => i % step === 0).slice(0, lookedFor);
  const gone = await Promise.all(
    some.map(({ path }) =>
      stat(path).then(
        () => false,
        () => true,
      ),
    ),
  );
  if (gone.includes(false)) return;
  throw new AppError("FILE_MISSING", {
    place: some[0]?.path ?? file,
    rule: `${file} lists images relative to its own folder`,
    received: "none of those that were looked for",
    remedy: "Put the manifest above its images, or write their paths as they lie below it",
  });
}
