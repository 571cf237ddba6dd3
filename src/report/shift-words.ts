// How far the scored images are from the training images, in sentences: what differs, whether the sets can be told apart,
// what another share of pneumonia does, ages the model never saw, results below the run's own and their likely reason.
import { listed } from "../core/listed.js";
import { fewestMet } from "../core/reference-set.js";
import { formatEstimate } from "../evaluation/estimate.js";
import { alarmDifferences } from "../evaluation/shift/alarm-differences.js";
import type { ClassShare } from "../evaluation/shift/class-share.js";
import type { AgesBeside, NotDescribed, SetComparison } from "../evaluation/shift/compare-sets.js";
import type { ResultBeside } from "../evaluation/shift/results-beside.js";
import type { NoAlarm, ShiftAlarm } from "../evaluation/shift/shift-watch.js";
import { traits } from "../evaluation/shift/traits.js";
import type { TwoSampleTest } from "../evaluation/shift/two-sample-test.js";
import { leastPerSet } from "../evaluation/shift/two-sample-test.js";
import { count, counted, percent, proportion, pValue } from "./numbers.js";
import { type Beside, shiftTable, traitOf, traitText } from "./shift-table.js";
import { aligned } from "./tables.js";

/**
 * A comparison of image sets for the terminal: a table and what it means; it ends with a line break.
 *
 * @example
 * const { evaluation, shift } = await evaluateModel(classifier, { data: "other_hospital" });
 * if (shift !== null) console.log(formatShift(shift));
 */
export function shiftText(shift: SetComparison): string {
  const table = shiftTable(shift);
  const shown = table === null ? [] : [aligned(table.columns, table.rows), table.note, ""];
  return ["Compared with the training images", ...shown, ...shiftSentences(shift), ""].join("\n");
}

/** What the run's own test images are like beside the training images, for its report and its model card. */
export const ownTestTitle = "Test images beside training images";

/**
 * Whether images are like those that a threshold was set on, in a sentence or two.
 *
 * @example
 * const watched = await watchShift(classifier.contract);
 * for await (const result of classifier.predict("scans/", { traits: true })) watched.add(result);
 * console.log(formatShiftAlarm(watched.verdict()));
 */
export const alarmText = (alarm: ShiftAlarm | NoAlarm): string => alarmSentences(alarm).join(" ");

/** The likely reasons last, so that they are read. */
export function shiftSentences(shift: SetComparison, beside: Beside = "here"): readonly string[] {
  const { notDescribed, toldApart, pneumonia, ages, results } = shift;
  const fallen = results.filter(({ isLower }) => isLower);
  return [
    ...(notDescribed === null ? [testSentence(toldApart)] : [notDescribedTexts[notDescribed]]),
    ...(notDescribed === null ? [differenceSentence(shift, beside)] : []),
    ...(pneumonia.isNotable ? [shareSentence(pneumonia, beside)] : []),
    ...(ages === null ? [] : ageSentences(ages)),
    ...(shift.alarm === undefined ? [] : alarmSentences(shift.alarm, beside)),
    ...(fallen.length === 0
      ? []
      : [`Lower than on the run's own test images: ${listed(fallen.map(fallenText))}. ${reasonSentence(shift)}`]),
  ];
}

const noAlarmTexts: Readonly<Record<NoAlarm, string>> = {
  "not kept":
    "The model does not say what its threshold was set on: whether it meets other images here cannot be told from its file.",
  "too few": `Whether the threshold was set on images like these is not tested: it takes at least ${fewestMet} patients here and there.`,
};

export function alarmSentences(alarm: ShiftAlarm | NoAlarm, beside: Beside = "here"): readonly string[] {
  if (typeof alarm === "string") return [noAlarmTexts[alarm]];
  const { isRaised, level, p, reference, images, patients, columns } = alarm;
  const these = `${beside === "here" ? "These" : "The"} ${counted(images, "image")}${beside === "here" ? "" : " of the test"}`;
  const set = `the ${counted(reference.images, "image")} that the threshold was set on (${reference.of})`;
  const test = `chi-squared test of ${counted(columns.length, "number")} of each image, p ${p < 0.0005 ? pValue(p) : `= ${pValue(p)}`}; sets that are alike are called different once in ${Math.round(1 / level)}`;
  const unknown =
    patients === null || reference.patients === null
      ? ["Patients are not known: several images of one patient make a false alarm likelier."]
      : [];
  if (!isRaised) {
    return [`${these} look and score like ${set}: ${test}. That is no proof that the threshold holds.`, ...unknown];
  }
  return [
    `${these} are not like ${set}: ${listed(alarmDifferences(columns))} (${test}).`,
    "A threshold that was chosen on other images is not to be trusted: recalibrate the model on patients of this place.",
    ...unknown,
  ];
}

const notDescribedTexts: Readonly<Record<NotDescribed, string>> = {
  "not kept": "How the training images look was not kept by the version that trained the model.",
  "no run": "How the training images look is kept in a run's folder only; this model was opened without it.",
};

function testSentence(test: TwoSampleTest | null): string {
  if (test === null) {
    return `Fewer than ${leastPerSet} images of a set are left once as many of each class are drawn of both: too few to test whether the sets can be told apart.`;
  }
  const { auc, p, columns, drawn } = test;
  const { value, interval } = auc;
  const range = interval === null ? "" : `, 95% ${proportion(interval.low)} to ${proportion(interval.high)}`;
  return (
    `A classifier that sees ${counted(columns.length, "number")} of each image tells the sets apart with an AUC of ${proportion(value)}` +
    `${range} (0.5: cannot be told apart, 1: always; ${count(drawn.perSet)} images of each set, p ${p < 0.0005 ? pValue(p) : `= ${pValue(p)}`}): ${verdict(test)}.`
  );
}

/** Above these the sets differ clearly, and almost every image shows its set. */
const [clear, almostAlways] = [0.7, 0.9];

function verdict({ auc: { value, interval }, p }: TwoSampleTest): string {
  const auc = value as number;
  if (p >= 0.01 || (interval !== null && interval.low <= 0.5)) return "they are alike in these";
  if (auc < clear) return "they are much alike, yet not the same";
  return auc < almostAlways ? "they differ clearly" : "almost every image shows which set it is from";
}

const mostReasons = 4;

function differenceSentence(shift: SetComparison, beside: Beside): string {
  const reasons = reasonsOf(shift);
  if (reasons.length === 0) return "No number of the table differs notably.";
  return `${beside === "here" ? "These" : "The test"} images are ${listed(reasons)}.`;
}

/** What the network sees of an image, unlike how many pixels it had. */
const isTested = ({ name }: SetComparison["rows"][number]): boolean => name === "age" || traits[name].isTested;

/** The largest differences first: "darker (brightness 74 instead of 122)". */
function reasonsOf({ rows }: SetComparison): readonly string[] {
  return rows
    .filter(({ isNotable }) => isNotable)
    .sort((a, b) => Number(isTested(b)) - Number(isTested(a)) || Math.abs(b.difference) - Math.abs(a.difference))
    .flatMap(({ name, trained, here, difference }) => {
      const { more, less } = traitOf(name);
      const word = difference > 0 ? more : less;
      return word === null
        ? []
        : [`${word} (mean ${traitText(name, here.mean)} instead of ${traitText(name, trained.mean)})`];
    })
    .slice(0, mostReasons);
}

function shareSentence({ trained, tested, here, expected }: ClassShare, beside: Beside): string {
  const reference = trained ?? (tested as number); // notable against one of them
  const where = beside === "here" ? "here" : "among the test images";
  const difference = `Pneumonia is ${here < reference ? "rarer" : "more common"} ${where}: ${percent(here)} of the images instead of ${percent(reference)}.`;
  const areTestImages = tested !== null && Math.abs(tested - here) < 0.005;
  if (areTestImages && beside === "here") return `${difference} The run's own test images have that share too.`;
  if (expected === null || tested === null || areTestImages) {
    return `${difference} Predictive values and accuracy depend on it.`;
  }
  const { tested: own, here: shifted } = expected;
  return (
    `${difference} With the sensitivity and specificity of the run's own test (${percent(tested)} pneumonia), that alone makes the positive predictive value ` +
    `${percent(shifted.ppv)} instead of ${percent(own.ppv)}, the negative ${percent(shifted.npv)} instead of ${percent(own.npv)}, the accuracy ${percent(shifted.accuracy)} instead of ${percent(own.accuracy)}.`
  );
}

function ageSentences({ trained: [youngest, oldest], known, outside }: AgesBeside): readonly string[] {
  const trainedOn = `the ${youngest} to ${oldest} years that the model was trained on`;
  if (known === 0) return [`No age is known here: whether these patients are of ${trainedOn} cannot be said.`];
  if (outside === 0) return [];
  return [
    `${count(outside)} of the ${counted(known, "image")} of known age are of patients outside ${trainedOn}: what the model does there was never tested.`,
  ];
}

const measureTitles: Readonly<Record<ResultBeside["measure"], string>> = {
  auc: "AUC",
  sensitivity: "sensitivity",
  specificity: "specificity",
};

/** "AUC 0.710 (0.660–0.760) instead of 0.974 (0.963–0.985)". */
function fallenText({ measure, own: { value, low, high }, here }: ResultBeside): string {
  const range = low === null || high === null ? "" : ` (${proportion(low)}–${proportion(high)})`;
  return `${measureTitles[measure]} ${formatEstimate(here)} instead of ${proportion(value)}${range}`;
}

function reasonSentence(shift: SetComparison): string {
  if (shift.trained === null) return "What differs is not known.";
  const hasReasons = reasonsOf(shift).length > 0 || (shift.ages?.outside ?? 0) > 0;
  if (hasReasons) return "What differs above is the likely reason, not a proven one.";
  return "Nothing that was compared explains it: labels, views, machines and other diseases were not.";
}
