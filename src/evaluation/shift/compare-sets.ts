// What a model was trained on beside what it meets: how far each trait differs, whether the sets can be told apart, another
// share of pneumonia and what it does to predictive values, ages the model never saw, results below the run's own.
import { type ClassShare, classShare } from "./class-share.js";
import type { OwnResult } from "./own-result.js";
import { besideOwnResult, type MeasuredHere, type ResultBeside } from "./results-beside.js";
import {
  type DescribedImage,
  type Distribution,
  describeSet,
  type SetDescription,
  type SetSummary,
} from "./set-description.js";
import type { NoAlarm, ShiftAlarm } from "./shift-watch.js";
import { type TraitName, traitNames, traits } from "./traits.js";
import { type TwoSampleTest, twoSampleTest } from "./two-sample-test.js";

/** Why the training images are not described. */
export type NotDescribed =
  /** By the version that trained the model. */
  | "not kept"
  /** A model file by itself, or one that is not of the run folder it lies in. */
  | "no run";

/** Images that were scored beside those that the model was trained on. */
export interface SetComparison {
  /** The training images; null where `notDescribed` says why. */
  readonly trained: SetSummary | null;
  readonly notDescribed: NotDescribed | null;
  /** The images that were scored. */
  readonly here: SetSummary;
  /** One per trait, in the order of tables, then ages; empty where the training images are not described. */
  readonly rows: readonly ComparedTrait[];
  /** Null where the training images are not described, or too few images are there. */
  readonly toldApart: TwoSampleTest | null;
  readonly pneumonia: ClassShare;
  /** Null where nobody states the ages that the model was trained on. */
  readonly ages: AgesBeside | null;
  /** AUC, sensitivity and specificity beside those of the run's own test images, where both are known. */
  readonly results: readonly ResultBeside[];
  /** Whether the threshold was set on images like these; absent where nobody asked. */
  readonly alarm?: ShiftAlarm | NoAlarm;
}

/** One number of each image, in both sets. */
export interface ComparedTrait {
  readonly name: TraitName | "age";
  readonly trained: Distribution;
  readonly here: Distribution;
  /** Of the means, here less trained, in standard deviations of the training images. */
  readonly difference: number;
  /** At least half a standard deviation (Cohen's "medium" effect, 1988), and more than chance makes of so many images. */
  readonly isNotable: boolean;
}

/** How many patients are of ages that the model never saw. */
export interface AgesBeside {
  /** The youngest and the oldest in training, in whole years. */
  readonly trained: readonly [number, number];
  /** Images here whose age is known, and those of them that lie outside. */
  readonly known: number;
  readonly outside: number;
}

/** What is known of the model beside its training images. */
export interface KnownOfModel {
  /** In whole years; null where nobody states them. */
  readonly ages: readonly [number, number] | null;
  /** What its run reached on its own test images; null where nothing was measured. */
  readonly own: OwnResult | null;
}

/** @param images those that were scored, at least one */
export function compareSets(
  trained: SetDescription | NotDescribed,
  images: readonly DescribedImage[],
  { ages, own }: KnownOfModel,
  measured: MeasuredHere,
  seed = 1,
): SetComparison {
  const described = describeSet(images, seed);
  const { sample, ...here } = described;
  const common = { here, ages: agesBeside(ages, images), results: besideOwnResult(own, measured) };
  if (typeof trained === "string") {
    const pneumonia = classShare(null, here, own);
    return { ...common, trained: null, notDescribed: trained, rows: [], toldApart: null, pneumonia };
  }
  const { sample: trainedSample, ...summary } = trained;
  return {
    ...common,
    trained: summary,
    notDescribed: null,
    rows: comparedTraits(summary, here),
    toldApart: twoSampleTest(trainedSample, sample, { seed }),
    pneumonia: classShare(summary, here, own),
  };
}

function comparedTraits(trained: SetSummary, here: SetSummary): readonly ComparedTrait[] {
  const rows = traitNames.map((name) => compared(name, trained.traits[name], here.traits[name], traits[name].step));
  if (trained.ages === null || here.ages === null) return rows;
  return [...rows, compared("age", trained.ages, here.ages, ageStep)];
}

/** A year. */
const ageStep = 1;
const notableDifference = 0.5;
/** Two-sided 1 % of the normal distribution: ten rows are looked at. */
const beyondChance = 2.576;

/** @param least a standard deviation below it counts as this much: what only rounding makes different differs by nothing */
function compared(
  name: ComparedTrait["name"],
  trained: Distribution,
  here: Distribution,
  least: number,
): ComparedTrait {
  const unit = Math.max(trained.sd, least);
  const difference = (here.mean - trained.mean) / unit;
  // One image has no spread of its own; a handful shows too little of it.
  const spread = Math.max(here.sd, here.n < 10 ? unit : least) / unit;
  const error = Math.sqrt(1 / trained.n + spread ** 2 / here.n);
  const isNotable = Math.abs(difference) >= notableDifference && Math.abs(difference) > beyondChance * error;
  return { name, trained, here, difference, isNotable };
}

function agesBeside(trained: KnownOfModel["ages"], images: readonly DescribedImage[]): AgesBeside | null {
  if (trained === null) return null;
  const ages = images.flatMap(({ ageYears }) => (ageYears === undefined ? [] : [Math.floor(ageYears)]));
  const outside = ages.filter((age) => age < trained[0] || age > trained[1]).length;
  return { trained, known: ages.length, outside };
}
