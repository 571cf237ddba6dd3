// Explains any number of images: overlays of heat maps into a folder, numbers into explain.csv and explain.json, and the
// check whether the maps depend on what the model learned. An image that cannot be read becomes a row that says why.
import { basename, join, resolve } from "node:path";
import { throwIfAborted } from "../core/aborted.js";
import { writeFileAtomically } from "../core/atomic-file.js";
import {
  aBoolean,
  aFraction,
  aFunction,
  aListOfPaths,
  aPath,
  aSignal,
  checkArgument,
  checkOptions,
  type OptionRules,
  oneOf,
} from "../core/check-options.js";
import { AppError } from "../core/errors.js";
import { makeOutputFolder } from "../core/output-folder.js";
import { type HeatMapClass, heatMapClasses } from "../explain/heat-map-class.js";
import { overlay, sideBySide } from "../explain/overlay.js";
import type { RandomisationCheck } from "../explain/randomisation-check.js";
import { type WhereItLooked, whereItLooked } from "../explain/where-it-looked.js";
import { encodeColourPng } from "../images/encode.js";
import { aPixelLimit } from "../images/pixel-limit.js";
import { checkMaps, mostChecked } from "./check-maps.js";
import { aClassifier, type Classifier, type PredictInputs } from "./classifier.js";
import { compareSeeds, type SeedAgreement } from "./compare-seeds.js";
import { explainedCsv, explainedJson } from "./explained-files.js";
import { type MappedImage, measureCurves, type PerturbationCurves } from "./measure-curves.js";
import { OutputNames } from "./output-names.js";
import { isOnnx, isOnnxAlone, readTrainedModel } from "./read-trained-model.js";
import type { FailedResult, ScoredResult } from "./result.js";
import { stackImages } from "./stack-images.js";

/** What became of one image: pictures and numbers, or an error. */
export type ExplainedResult = ExplainedImage | FailedResult;

/** A scored image whose heat map was written as pictures. */
export interface ExplainedImage extends Omit<ScoredResult, "kind" | "heatMap" | "heatMaps" | "image" | "pixels"> {
  readonly kind: "explained";
  /** The class that the heat map is for. */
  readonly lookedFor: "NORMAL" | "PNEUMONIA";
  /** null where nothing speaks for that class: the overlay is the bare radiograph. */
  readonly looked: WhereItLooked | null;
  /** Names of the written files inside the output folder. */
  readonly files: { readonly overlay: string; readonly sideBySide: string };
}

/** Where pictures go and what they show. */
export interface ExplainOptions {
  /** Where pictures and numbers go; new or empty. */
  readonly folder: string;
  /** The class whose evidence is shown; default "called", the one that the model chose. */
  readonly class?: HeatMapClass | undefined;
  /** Scores of at least this are called pneumonia; default the model's own. */
  readonly threshold?: number | undefined;
  /** Whether the maps are checked by drawing the model's weights again; default true. */
  readonly check?: boolean | undefined;
  /** Whether insertion and deletion curves are measured, on at most 16 images; default false: it takes 136 scores an image. */
  readonly curves?: boolean | undefined;
  /** Runs of the same recipe with other seeds: how far their maps agree with these is measured. */
  readonly beside?: readonly string[] | undefined;
  /** Pixels that an image may have, 10,000..1,000,000,000; default 100 million. */
  readonly maxPixels?: number | undefined;
  /** Told of each image when its pictures are written. */
  readonly onResult?: ((result: ExplainedResult) => void | Promise<void>) | undefined;
  /** Ends the work with an error ABORTED; what is written stays. */
  readonly signal?: AbortSignal | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
}

const optionRules: OptionRules<ExplainOptions> = {
  folder: aPath,
  class: oneOf(heatMapClasses),
  threshold: aFraction,
  check: aBoolean,
  curves: aBoolean,
  beside: aListOfPaths,
  maxPixels: aPixelLimit,
  onResult: aFunction,
  signal: aSignal,
  cwd: aPath,
};

/** What `explainImages` wrote and found. */
export interface Explanation {
  /** Absolute. */
  readonly folder: string;
  readonly results: readonly ExplainedResult[];
  readonly threshold: number;
  /** Null where none was asked for, none could be made (a .onnx file has no weights to draw again) or no image was read. */
  readonly check: RandomisationCheck | null;
  /** Null where they were not asked for, or no image had heat. */
  readonly curves: PerturbationCurves | null;
  /** Null where no other runs were named, or no image was read. */
  readonly seeds: SeedAgreement | null;
}

/** Images that go through the model together; their radiographs are in memory at once. */
const batchSize = 8;

/**
 * @throws AppError NO_HEAT_MAP where the model gives none, RUN_FOLDER_TAKEN, FILE_UNWRITABLE, and as `Classifier.predict`
 */
export async function explainImages(
  classifier: Classifier,
  inputs: PredictInputs,
  options: ExplainOptions,
): Promise<Explanation> {
  checkArgument("classifier", classifier, aClassifier);
  checkOptions("explainImages", options, optionRules, ["folder"]);
  const {
    class: wanted = "called",
    threshold = classifier.contract.threshold.value,
    maxPixels,
    signal,
    onResult,
  } = options;
  const folder = resolve(options.cwd ?? process.cwd(), options.folder);
  await makeOutputFolder(folder);
  const names = new OutputNames();
  const first: MappedImage[] = [];
  const results: ExplainedResult[] = [];
  const asked = { threshold, batchSize, heatMaps: wanted, images: true, pixels: true, maxPixels, signal } as const;
  for await (const result of classifier.predict(inputs, asked)) {
    if (result.kind === "scored" && first.length < mostChecked) first.push(mappedImage(result));
    const explained = result.kind === "failed" ? result : await explainOne(result, classifier, names, folder);
    results.push(explained);
    await onResult?.(explained);
  }
  throwIfAborted(signal, "explainImages");
  const pixels = first.map((image) => image.pixels);
  const check = options.check === false ? null : await checkOf(classifier, pixels);
  const curves = options.curves === true ? await measureCurves(classifier, first) : null;
  const { beside = [], cwd } = options;
  const isCompared = beside.length > 0 && first.length > 0;
  const seeds = isCompared ? await compareSeeds(classifier, stackImages(pixels), beside, { cwd }) : null;
  const file = basename(classifier.place ?? classifier.file);
  const { contract, heatMapMethod } = classifier;
  const facts = { model: { file, title: contract.title, heatMapMethod }, threshold, check, curves, seeds };
  await writeFileAtomically(join(folder, "explain.csv"), explainedCsv(results));
  const json = JSON.stringify(explainedJson(results, facts), undefined, 2);
  await writeFileAtomically(join(folder, "explain.json"), `${json}\n`);
  return { folder, results, threshold, check, curves, seeds };
}

function mappedImage({ heatMap, pixels }: ScoredResult): MappedImage {
  const hasHeat = heatMap?.data.some((value) => value > 0) === true;
  const label = heatMap?.class === "PNEUMONIA" ? 1 : 0;
  return { pixels: pixels as Uint8Array, map: hasHeat ? heatMap : null, label };
}

async function explainOne(
  { heatMap, image, pixels: _pixels, kind: _kind, ...scored }: ScoredResult,
  { file }: Classifier,
  names: OutputNames,
  folder: string,
): Promise<ExplainedImage> {
  if (heatMap == null || image === undefined) throw noHeatMap(file);
  const stem = names.next(scored.name);
  const files = { overlay: `${stem}.png`, sideBySide: `${stem}-side-by-side.png` };
  const over = overlay(image, heatMap);
  await writeFileAtomically(join(folder, files.overlay), await encodeColourPng(over));
  await writeFileAtomically(join(folder, files.sideBySide), await encodeColourPng(sideBySide(image, over)));
  return { kind: "explained", ...scored, lookedFor: heatMap.class, looked: whereItLooked(heatMap), files };
}

/** A .onnx file has no weights to draw again. */
async function checkOf(
  { place, run, threads, runtime, heatMapMethod, assumed }: Classifier,
  pixels: readonly Uint8Array[],
): Promise<RandomisationCheck | null> {
  if (pixels.length === 0 || place === null || isOnnx(place) || (await isOnnxAlone(place))) return null;
  const images = stackImages(pixels);
  const { heatMaps } = await run(images);
  if (heatMaps === null) return null;
  const model = await readTrainedModel(place, undefined, assumed ?? {});
  return checkMaps(model, images, heatMaps, { threads, runtime, heatMapMethod });
}

/** For a model without heat maps. */
function noHeatMap(file: string): AppError {
  return new AppError("NO_HEAT_MAP", {
    place: file,
    rule: "should give heat maps",
    received:
      "a model whose last layers have no gradient of closed form here, or a file that was exported without maps",
    remedy: "Choose one of the registry's models, or export it again",
  });
}
