// Predictions in the form that MedMNIST's own evaluator reads (medmnist 3.0.2, evaluator.py): a line per image, index and
// score, in a file whose name says the dataset, the part and what was measured.

import { join, resolve } from "node:path";
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../core/atomic-file.js";
import { aPath, checkArgument, checkOptions, type OptionRules, oneOf } from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { type SplitName, splitNames } from "../dataset/sample.js";
import { medmnistPlace, medmnistSides } from "../dataset/sources/medmnist-names.js";
import type { Prediction } from "../evaluation/prediction.js";
import { readPredictions } from "../evaluation/predictions-file.js";
import { rocAuc } from "../evaluation/roc.js";

/** Images of PneumoniaMNIST's parts; the evaluator wants a score for each. */
const published: Readonly<Record<SplitName, number>> = { train: 4708, val: 524, test: 624 };

/** What the file is of and where it goes. */
export interface MedmnistOptions {
  /** Where the file goes. */
  readonly folder: string;
  /** Which part; default "test". */
  readonly split?: SplitName | undefined;
  /** Pixels of the images' sides, which stand in the file's name; default 28. */
  readonly size?: (typeof medmnistSides)[number] | undefined;
  /** What tells this run from others, at the name's end: letters, digits, "-"; default "1". */
  readonly run?: string | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
}

const optionRules: OptionRules<MedmnistOptions> = {
  folder: aPath,
  split: oneOf(splitNames),
  size: oneOf(medmnistSides),
  run: { rule: 'letters, digits and "-"', holds: (value) => typeof value === "string" && /^[\w-]+$/.test(value) },
  cwd: aPath,
};

/** The file that was written, in the name of which the evaluator reads flag, part, AUC and accuracy. */
export interface MedmnistPredictions {
  /** Absolute path of what was written. */
  readonly file: string;
  readonly images: number;
  readonly auc: number;
  /** At the threshold 0.5, as MedMNIST measures it: not the model's own threshold. */
  readonly accuracy: number;
}

/**
 * @param predictions path of a predictions.csv of images that `importDataset` wrote
 * @throws AppError OPTION_INVALID; FILE_MISSING, PREDICTIONS_INVALID where it is not of each image of the part; FILE_UNWRITABLE
 */
export async function writeMedmnistPredictions(
  predictions: string,
  options: MedmnistOptions,
): Promise<MedmnistPredictions> {
  checkArgument("predictions", predictions, aPath);
  checkOptions("writeMedmnistPredictions", options, optionRules, ["folder"]);
  const { split = "test", size = 28, run = "1", cwd = process.cwd() } = options;
  const from = resolve(cwd, predictions);
  const rows = inOrder(await readPredictions(from), split, from);
  const auc = rocAuc(rows);
  if (auc === null) throw incomplete(from, "both classes", "one");
  const right = rows.filter(({ label, score }) => score > 0.5 === (label === 1)).length;
  const accuracy = right / rows.length;
  const flag = size === 28 ? "pneumoniamnist" : `pneumoniamnist_${size}`;
  const name = `${flag}_${split}_[AUC]${auc.toFixed(3)}_[ACC]${accuracy.toFixed(3)}@${run}.csv`;
  const file = join(resolve(cwd, options.folder), name);
  const cells = rows.map(({ score }, index) => [String(index), String(score)]);
  await writeFileAtomically(file, stringify(cells, { record_delimiter: "unix" }));
  return { file, images: rows.length, auc, accuracy };
}

function inOrder(rows: readonly Prediction[], split: SplitName, place: string): readonly Prediction[] {
  const ordered: Prediction[] = [];
  for (const row of rows) {
    const at = medmnistPlace(row.name);
    if (at === undefined) throw incomplete(place, "images by the names that importing MedMNIST gave them", row.name);
    if (at.split === split) ordered[at.index] = row;
  }
  const found = ordered.filter((row) => row !== undefined).length;
  const wanted = published[split];
  if (found === wanted && ordered.length === wanted) return ordered;
  throw incomplete(place, `a score for each of the ${wanted} images of ${split}`, `${found} scores`);
}

const incomplete = (place: string, rule: string, received: string): AppError =>
  new AppError("PREDICTIONS_INVALID", {
    place,
    rule: `MedMNIST's evaluator wants ${rule}`,
    received,
    remedy: "Evaluate the model on a manifest of the whole of PneumoniaMNIST",
  });
