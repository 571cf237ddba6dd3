// Writes a folder of synthetic phantoms in the published dataset's layout and naming, for trying the product without
// the real data. No patient is involved and nothing can be learnt from it about patients.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { writeFlushed } from "../core/atomic-file.js";
import { aFunction, aPath, checkArgument, checkOptions, type OptionRules, wholeNumber } from "../core/check-options.js";
import { makeFolderDurably, renameDurably, syncFolder } from "../core/durable-folder.js";
import { AppError, messageOf } from "../core/errors.js";
import { Random } from "../core/random.js";
import { encodeJpeg } from "../images/encode.js";
import { inParallel } from "./in-parallel.js";
import { drawAnatomy } from "./phantom/anatomy.js";
import { drawOpacities, type Finding } from "./phantom/findings.js";
import { drawShot, render } from "./phantom/render.js";
import { classNames, type SplitName, splitNames } from "./sample.js";
import { defaultSynthesisCounts, type SynthesisCounts } from "./synthesis-counts.js";

/** Raise when the same seed gives other images. */
const phantomVersion = 1;

/** Which phantoms are drawn. */
export interface SynthesisOptions {
  /** Default 1. */
  readonly seed?: number | undefined;
  /** Images per split and class; default 600 in all, balanced like the published data, val/ with 8 and 8 images. */
  readonly counts?: SynthesisCounts | undefined;
  /** Width of the images in pixels, around which they vary by a tenth; 64..2048, default 320. */
  readonly size?: number | undefined;
  /** Told after each image. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  /** Where a relative folder starts; default the process's working folder. */
  readonly cwd?: string | undefined;
}

const areCounts = (counts: unknown): boolean =>
  splitNames.every((split) => {
    const { normal, pneumonia } = (counts as Partial<SynthesisCounts> | null)?.[split] ?? {};
    return [normal, pneumonia].every((n) => Number.isInteger(n) && (n as number) >= 0 && (n as number) <= 100_000);
  });

const optionRules: OptionRules<SynthesisOptions> = {
  seed: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  counts: { rule: "counts of normal and pneumonia from 0 to 100000 for train, val and test", holds: areCounts },
  size: wholeNumber(64, 2048),
  onProgress: aFunction,
  cwd: aPath,
};

/** A folder of phantoms that was made, or found. */
export interface Synthesis {
  readonly root: string;
  readonly images: number;
  /** True when the folder already held exactly this and nothing was done. */
  readonly reused: boolean;
}

const noteName = "synthetic.json";

/** Whether a dataset's root was written by `synthesise`. */
export const isSynthetic = (root: string): boolean => existsSync(join(root, noteName));

/**
 * Makes `folder` with train/, val/ and test/. The same options give the same images; a folder that already holds them
 * is left alone. It appears under its name only when complete.
 * @throws AppError OPTION_INVALID, DATASET_FOLDER_TAKEN, FILE_UNWRITABLE
 */
export async function synthesise(folder: string, options: SynthesisOptions = {}): Promise<Synthesis> {
  checkArgument("folder", folder, aPath);
  checkOptions("makePhantoms", options, optionRules);
  const { seed = 1, counts = defaultSynthesisCounts, size = 320, cwd = process.cwd() } = options;
  const root = resolve(cwd, folder);
  const plan = planImages(seed, counts);
  const note = `${JSON.stringify({ note: "Synthetic phantoms, no patients. Made by pneumoscope.", phantomVersion, seed, counts, size }, null, 2)}\n`;
  if (await isDone(root, note)) return { root, images: plan.length, reused: true };
  const partial = `${root}.${process.pid}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    for (const split of splitNames) {
      for (const className of classNames) await mkdir(join(partial, split, className), { recursive: true });
    }
    let done = 0;
    await inParallel(plan, 4, async (planned) => {
      await writeFlushed(join(partial, planned.name), await drawImage(planned, seed, size));
      options.onProgress?.({ done: ++done, total: plan.length });
    });
    await writeFlushed(join(partial, noteName), note);
    for (const split of splitNames) {
      for (const className of classNames) await syncFolder(join(partial, split, className));
      await syncFolder(join(partial, split));
    }
    await syncFolder(partial);
    await makeFolderDurably(dirname(root));
    await renameDurably(partial, root);
  } catch (thrown) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw new AppError(
      "FILE_UNWRITABLE",
      {
        place: root,
        rule: `the synthetic dataset cannot be written: ${messageOf(thrown)}`,
        remedy: "Free space or choose another folder",
      },
      { cause: thrown },
    );
  }
  return { root, images: plan.length, reused: false };
}

interface PlannedImage {
  readonly name: string;
  readonly finding: Finding;
  readonly patient: string;
  readonly shot: number;
}

/** Patients have one to four images; numbers run on from split to split, so no patient is in two of them. */
function planImages(seed: number, counts: SynthesisCounts): PlannedImage[] {
  const random = Random.of(seed, "phantom plan");
  const plan: PlannedImage[] = [];
  const next = { normal: 1, bacteria: 1, virus: 1 };
  let sequence = 1;
  const addPatients = (split: SplitName, images: number, drawFinding: () => Finding) => {
    for (let left = images; left > 0; ) {
      const finding = drawFinding();
      const number = next[finding]++;
      const shots = Math.min(left, random.uniform() < 0.6 ? 1 : 2 + random.integer(3));
      for (let shot = 1; shot <= shots; shot++) {
        const folder = `${split}/${classNames[finding === "normal" ? 0 : 1]}`;
        plan.push({
          name: `${folder}/${fileName(finding, number, shot, sequence)}`,
          finding,
          patient: `${finding}:${number}`,
          shot,
        });
        sequence++;
      }
      left -= shots;
    }
  };
  for (const split of splitNames) {
    addPatients(split, counts[split].normal, () => "normal");
    addPatients(split, counts[split].pneumonia, () => (random.uniform() < 0.65 ? "bacteria" : "virus"));
  }
  return plan;
}

function fileName(finding: Finding, number: number, shot: number, sequence: number): string {
  if (finding !== "normal") return `person${number}_${finding}_${sequence}.jpeg`;
  const series = number % 2 === 0 ? "NORMAL2-IM" : "IM";
  return `${series}-${String(number).padStart(4, "0")}-${String(shot).padStart(4, "0")}.jpeg`;
}

async function drawImage({ patient, finding, shot }: PlannedImage, seed: number, size: number): Promise<Uint8Array> {
  const anatomy = drawAnatomy(Random.of(seed, "phantom anatomy", patient));
  const opacities = drawOpacities(finding, anatomy, Random.of(seed, "phantom opacities", patient));
  const random = Random.of(seed, "phantom shot", patient, shot);
  return encodeJpeg(render(anatomy, opacities, drawShot(size, random), random), 90);
}

/** True when the folder holds this very synthesis; false when it is absent or empty. */
async function isDone(root: string, note: string): Promise<boolean> {
  if ((await readFile(join(root, noteName), "utf8").catch(() => "")) === note) return true;
  const entries = await readdir(root).catch(() => []);
  if (entries.length === 0) return false;
  throw new AppError("DATASET_FOLDER_TAKEN", {
    place: root,
    rule: "a synthetic dataset is only written to a new folder",
    received: `one that holds ${entries.slice(0, 3).join(", ")}`,
    remedy: "Choose another folder",
  });
}
