// How much a trained model's scores depend on what is not the patient: every image is altered in some fifty ways, scored, and the
// scores are judged. Stopped or killed, the same call goes on where it was.
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { throwIfAborted } from "../../core/aborted.js";
import {
  aFraction,
  aFunction,
  aPath,
  checkArgument,
  checkOptions,
  type OptionRules,
  wholeNumber,
} from "../../core/check-options.js";
import { AppError, messageOf } from "../../core/errors.js";
import { lockFolder } from "../../core/folder-lock.js";
import { mapInOrder } from "../../core/map-in-order.js";
import { madeFolder } from "../../core/output-folder.js";
import { packageVersion } from "../../core/package.js";
import { Random } from "../../core/random.js";
import type { Sample, SplitName } from "../../dataset/sample.js";
import type { AuditRow } from "../../evaluation/audit/audited-scores.js";
import { type Audit, judgeAudit } from "../../evaluation/audit/judge-audit.js";
import type { TestReading } from "../../evaluation/test-reading.js";
import { givenThreshold, type ThresholdChoice } from "../../evaluation/threshold.js";
import { corruptionsVersion } from "../../images/corruptions/registry.js";
import { readImageFile } from "../../images/image-file.js";
import { limitsOf, radiographLimits } from "../../images/image-limits.js";
import { readRadiograph } from "../../images/read-radiograph.js";
import { aClassifier, type Classifier } from "../../inference/classifier.js";
import {
  cacheFolderOf,
  type LabelledImages,
  labelledImagesRules,
  type SkippedImage,
  samplesOf,
} from "../score-split.js";
import { recordModelReading } from "../test-ledger/model-reading.js";
import { testSetOf } from "../test-ledger/test-set.js";
import { auditVariants, viewsOf, viewsPerImage } from "./altered-images.js";
import { type AuditFiles, writeAudit } from "./audit-files.js";
import { type AuditScores, addScores, namedScores, openScores, type ScoredViews } from "./scores-file.js";

/** Which images are altered and scored, and where the report goes. */
export interface AuditOptions extends Omit<LabelledImages, "onEvent"> {
  /** Where report, numbers and scores go: new or empty, or the folder of the same audit, which then goes on. */
  readonly folder: string;
  /** Scores of at least this are called pneumonia; default the model's own. */
  readonly threshold?: number | undefined;
  /** Of larger splits patients are drawn until there are so many images; default 1000. */
  readonly images?: number | undefined;
  /** Of patients, noise, angles and retakes; default 1. */
  readonly seed?: number | undefined;
  /** Told after each image. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const { onEvent: _, ...labelledRules } = labelledImagesRules;
const optionRules: OptionRules<AuditOptions> = {
  ...labelledRules,
  folder: aPath,
  threshold: aFraction,
  images: wholeNumber(1, 10_000_000),
  seed: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  onProgress: aFunction,
};

/** What an audit found, and its files. */
export interface ModelAudit {
  readonly audit: Audit;
  /** Which reading of these images it is, as the ledger counts; null where every score was there already. */
  readonly reading: TestReading | null;
  readonly skipped: readonly SkippedImage[];
  /** Of how many images in the split those of `audit` were drawn. */
  readonly ofImages: number;
  /** Absolute paths. */
  readonly files: AuditFiles;
}

/** Views that go through the network at once. */
const mostAtOnce = 18;

/** @throws AppError as `evaluateModel`; RUN_SETTINGS_CHANGED, RUN_FOLDER_TAKEN, RUN_FOLDER_LOCKED for the folder */
export async function auditModel(model: Classifier, options: AuditOptions): Promise<ModelAudit> {
  checkArgument("model", model, aClassifier);
  checkOptions("auditModel", options, optionRules, ["data", "folder"]);
  const { cwd = process.cwd(), split = "test", seed = 1, images = 1000 } = options;
  const { threshold = model.contract.threshold.value } = options;
  const data = resolve(cwd, options.data);
  const folder = resolve(cwd, options.folder);
  const cacheFolder = cacheFolderOf(options);
  const { samples: all, dataset } = await samplesOf({
    folder: data,
    split,
    patients: options.patients ?? "known",
    cacheFolder,
  });
  const samples = drawn(all, images, seed);
  const path = join(folder, "scores.jsonl");
  await ownFolder(folder, path);
  const lock = await lockFolder(folder);
  try {
    const made = {
      version: 1,
      model: model.sha256,
      images: checksumOf(samples),
      corruptions: corruptionsVersion,
      seed,
    } as const;
    const scores = await openScores(path, made);
    const before = scores.size;
    const skipped = await scoreAll(model, samples, { ...options, seed, path, scores });
    const rows = samples.flatMap(({ name, patient, label }): AuditRow[] => {
      const found = scores.get(name);
      return found === undefined ? [] : [{ name, patient, label, ...namedScores(found.scores) }];
    });
    if (rows.length === 0) throw nothingScored(data, split, skipped);
    const audit = judgeAudit(rows, auditVariants, threshold);
    const reading =
      scores.size === before
        ? null
        : await recordModelReading(model, {
            by: "audit",
            test: testSetOf({ sha256: rows.map(({ name }) => (scores.get(name) as ScoredViews).sha256) }),
            threshold: options.threshold === undefined ? chosenThreshold(model) : givenThreshold(threshold),
            given: options.threshold !== undefined,
            cacheFolder,
          });
    await lock.requireHeld();
    const first = samples.find(({ name }) => scores.has(name)) as Sample;
    const files = await writeAudit(folder, {
      audit,
      reading,
      seed,
      shown: { path: first.path, name: first.name },
      model,
      split,
      kind: dataset.kind,
      measuredOn: basename(data),
      ofImages: all.length,
      skipped,
      createdAt: new Date().toISOString(),
      version: packageVersion(),
    });
    return { audit, reading, skipped, ofImages: all.length, files };
  } finally {
    await lock.release();
  }
}

function chosenThreshold({ contract }: Classifier): ThresholdChoice {
  const { value, policy, chosenOn } = contract.threshold;
  return { value, policy, chosenOn, reached: null };
}

/** New or empty, or one that this began. */
async function ownFolder(folder: string, scores: string): Promise<void> {
  const entries = await madeFolder(folder, "output folder");
  if (entries.length === 0 || entries.includes(basename(scores))) return;
  throw new AppError("RUN_FOLDER_TAKEN", {
    place: folder,
    rule: "an audit goes into a new or empty folder, or goes on in its own",
    received: `${entries.length} entries (${entries[0]}, …)`,
    remedy: "Choose another",
  });
}

/** Whole patients in random order until there are enough images, in the order in which they came. */
function drawn(samples: readonly Sample[], most: number, seed: number): readonly Sample[] {
  if (samples.length <= most) return samples;
  const patients = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = sample.patient === null ? `image ${sample.name}` : `patient ${sample.patient}`;
    patients.set(key, [...(patients.get(key) ?? []), sample]);
  }
  const kept = new Set<Sample>();
  for (const theirs of Random.of(seed, "audited patients").shuffled([...patients.values()])) {
    if (kept.size + theirs.length > most) continue;
    for (const sample of theirs) kept.add(sample);
  }
  return samples.filter((sample) => kept.has(sample));
}

function checksumOf(samples: readonly Sample[]): string {
  const hash = createHash("sha256");
  for (const { name, label, patient } of samples) hash.update(`${JSON.stringify([name, label, patient])}\n`);
  return hash.digest("hex");
}

interface ScoreAllOptions extends Pick<AuditOptions, "maxPixels" | "onProgress" | "signal"> {
  readonly seed: number;
  readonly path: string;
  /** Those that are known; the others are added. */
  readonly scores: AuditScores;
}

/** @returns images that cannot be read */
async function scoreAll(
  { contract, run }: Classifier,
  samples: readonly Sample[],
  { seed, path, scores, maxPixels, onProgress, signal }: ScoreAllOptions,
): Promise<readonly SkippedImage[]> {
  const skipped: SkippedImage[] = [];
  const missing = samples.filter(({ name }) => !scores.has(name));
  let done = samples.length - missing.length;
  const workers = Math.min(4, availableParallelism());
  const pixels = contract.imageSize ** 2;
  const prepare = async ({ path: file, name }: Sample) => {
    throwIfAborted(signal, "audit");
    try {
      const limits = limitsOf(maxPixels);
      const bytes = await readImageFile(file, { ...radiographLimits, ...limits });
      const { image } = await readRadiograph(bytes, { name: file, limits, signal });
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { kind: "prepared" as const, name, sha256, views: await viewsOf(image, name, contract, seed) };
    } catch (thrown) {
      throwIfAborted(signal, "audit");
      return { kind: "failed" as const, name, error: unreadable(thrown, name) };
    }
  };
  const score = async (views: Uint8Array): Promise<readonly number[]> => {
    const each = Math.ceil(viewsPerImage / Math.ceil(viewsPerImage / mostAtOnce));
    const parts = Array.from({ length: Math.ceil(viewsPerImage / each) }, (_, i) =>
      run(views.subarray(i * each * pixels, Math.min(viewsPerImage, (i + 1) * each) * pixels)),
    );
    return (await Promise.all(parts)).flatMap((part) => Array.from(part.scores));
  };
  const prepared = mapInOrder(missing, { workers, ahead: workers + 1 }, prepare);
  // While an image is computed, the next ones are prepared.
  const scored = mapInOrder(prepared, { workers: 2, ahead: 2 }, async (image) =>
    image.kind === "failed" ? image : { ...image, found: { sha256: image.sha256, scores: await score(image.views) } },
  );
  for await (const image of scored) {
    throwIfAborted(signal, "audit");
    if (image.kind === "failed") skipped.push({ name: image.name, error: image.error });
    else {
      scores.set(image.name, image.found);
      await addScores(path, image.name, image.found);
    }
    onProgress?.(++done, samples.length);
  }
  return skipped;
}

function unreadable(thrown: unknown, name: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const facts = { place: name, rule: `cannot be decoded: ${messageOf(thrown)}`, remedy: "Replace the file" };
  return new AppError("IMAGE_UNREADABLE", facts, { cause: thrown });
}

const nothingScored = (place: string, split: SplitName, skipped: readonly SkippedImage[]): AppError =>
  new AppError("NO_IMAGE_SCORED", {
    place,
    rule: `at least one image of ${split}/ should be readable`,
    received: `${skipped.length} that are not`,
    remedy: `The first: ${skipped[0]?.error.message}`,
  });
