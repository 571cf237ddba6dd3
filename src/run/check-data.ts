// What is wrong with a dataset, and the pairs of images that show it: what `data check` does.
import { basename, join, resolve } from "node:path";
import { aFunction, aPath, checkArgument, checkOptions } from "../core/check-options.js";
import { makeOutputFolder } from "../core/output-folder.js";
import { packageVersion } from "../core/package.js";
import {
  type CheckOptions,
  checkDataset as checkOpened,
  type DataCheck,
  type ImagePair,
} from "../dataset/check-dataset.js";
import { type DatasetPlace, openPlace, placeRules } from "../dataset/describe-dataset.js";
import type { Dataset } from "../dataset/open-dataset.js";
import { limitsOf } from "../images/image-limits.js";
import { aPixelLimit } from "../images/pixel-limit.js";
import { readRadiograph } from "../images/read-radiograph.js";
import { type LeakPair, writeLeakPage } from "../report/leak-page.js";

/** What is looked for, and where the pairs are shown. */
export interface CheckDataOptions extends DatasetPlace, CheckOptions {
  /** Where leaks.html goes, with the pairs side by side: a new or empty folder, nowhere by default. */
  readonly folder?: string | undefined;
}

/** What was found; `page` is the absolute path of leaks.html, null where no folder was asked for. */
export interface CheckedData extends DataCheck {
  readonly page: string | null;
}

/**
 * Reads every image: unreadable files, exact duplicates and near copies, patients that cross splits.
 * @throws AppError as `summariseDataset`; RUN_FOLDER_TAKEN, FILE_UNWRITABLE
 */
export async function checkDataset(place: string, options: CheckDataOptions = {}): Promise<CheckedData> {
  checkArgument("folder", place, aPath);
  checkOptions("checkDataset", options, {
    ...placeRules,
    maxPixels: aPixelLimit,
    onProgress: aFunction,
    folder: aPath,
  });
  const { cwd, patients, cacheFolder, folder, ...others } = options;
  const out = folder === undefined ? null : resolve(cwd ?? process.cwd(), folder);
  if (out !== null) await makeOutputFolder(out);
  const dataset = await openPlace(place, { cwd, patients, cacheFolder });
  const check = await checkOpened(dataset, { ...others, arePatientsExpected: patients !== "unknown" });
  if (out === null) return { ...check, page: null };
  const page = await writeLeakPage(join(out, "leaks.html"), {
    dataset: basename(dataset.root),
    kind: dataset.kind,
    createdAt: new Date().toISOString(),
    version: packageVersion(),
    images: check.total.images,
    patients: check.total.patients,
    acrossSplits: {
      patients: check.patientsAcrossSplits.length,
      numbers: check.numbersAcrossSplits.length,
      equalFiles: check.duplicates.acrossSplits,
      nearCopies: check.nearCopies.acrossSplits.images,
    },
    pairs: await shownPairs(dataset, check.pairs, options.maxPixels),
    notShown: Math.max(0, check.pairs.length - mostShown),
  });
  return { ...check, page };
}

/** Of a dataset full of copies not each needs to be seen. */
const mostShown = 60;

async function shownPairs(
  { samples }: Dataset,
  pairs: readonly ImagePair[],
  maxPixels: number | undefined,
): Promise<readonly LeakPair[]> {
  const paths = new Map(samples.map(({ name, path }) => [name, path]));
  const shown: LeakPair[] = [];
  // The worst first: across parts, then across classes.
  const weight = ({ kind, isAcrossSplits, isAcrossClasses }: ImagePair) =>
    kind === "apart" ? 0 : 1 + 2 * Number(isAcrossSplits) + Number(isAcrossClasses);
  for (const pair of [...pairs].sort((a, b) => weight(b) - weight(a)).slice(0, mostShown)) {
    const [one, other] = await Promise.all(
      pair.images.map(async (image) => ({
        ...image,
        pixels: (await readRadiograph(paths.get(image.name) as string, { limits: limitsOf(maxPixels) })).image,
      })),
    );
    if (one !== undefined && other !== undefined) shown.push({ ...pair, images: [one, other] });
  }
  return shown;
}
