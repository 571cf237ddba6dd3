// Numbers about a list of samples, from names and labels alone: what the study prints per split. Reads no image.
import { countPatients } from "../core/count-patients.js";
import { type Sample, type SplitName, splitNames } from "./sample.js";

export interface SampleCounts {
  readonly images: number;
  readonly normal: number;
  readonly pneumonia: number;
  /** Pneumonia images whose file name says bacteria or virus; 0 where names do not tell. */
  readonly bacterial: number;
  readonly viral: number;
  /** Null where an image's patient is not known: a number would be a guess. */
  readonly patients: number | null;
}

export function countSamples(samples: readonly Sample[]): SampleCounts {
  let [pneumonia, bacterial, viral] = [0, 0, 0];
  for (const { label, patient } of samples) {
    if (label === 0) continue;
    pneumonia++;
    if (patient?.startsWith("bacteria:") === true) bacterial++;
    else if (patient?.startsWith("virus:") === true) viral++;
  }
  const images = samples.length;
  return { images, normal: images - pneumonia, pneumonia, bacterial, viral, patients: countPatients(samples) };
}

export interface SplitSummary extends SampleCounts {
  readonly split: SplitName;
  /** The table the study prints per split, (images, 2): one row per image with its path and label. */
  readonly tableShape: readonly [rows: number, columns: 2];
  /** The pixels as loaded: [n, size, size]. */
  readonly pixelShape: readonly [n: number, height: number, width: number];
}

/** One summary per split that has images, in the order train, val, test; (5216, 2), (16, 2), (624, 2) on the published data. */
export function summariseDataset(samples: readonly Sample[], size = 224): SplitSummary[] {
  return splitNames.flatMap((split) => {
    const part = samples.filter((sample) => sample.split === split);
    if (part.length === 0) return [];
    const n = part.length;
    return [{ split, ...countSamples(part), tableShape: [n, 2] as const, pixelShape: [n, size, size] as const }];
  });
}
