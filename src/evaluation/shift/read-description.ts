// A set's description as a run folder keeps it, checked: nothing of it is used that is not what `describeSet` makes.
import { type Distribution, type SetDescription, sexesOfSets, type TraitSample } from "./set-description.js";
import { testedTraits, traitNames } from "./traits.js";

/** @throws TypeError where the value is something else */
export function parseDescription(value: unknown): SetDescription {
  const found = fieldsOf(value);
  const traits = fieldsOf(found.traits);
  const isWhole =
    isCount(found.images) &&
    isShare(found.pneumonia) &&
    traitNames.every((name) => isDistribution(traits[name])) &&
    (found.ages === null || isDistribution(found.ages)) &&
    (found.sexes === null || sexesOfSets.every((sex) => isNumber(fieldsOf(found.sexes)[sex]))) &&
    isSample(found.sample);
  if (!isWhole)
    throw new TypeError("it should describe the training images: their number, traits, ages, sexes and a sample");
  // What else the file says is its reader's.
  const { images, pneumonia, traits: kept, ages, sexes, sample } = value as SetDescription;
  return { images, pneumonia, traits: kept, ages, sexes, sample };
}

function isDistribution(value: unknown): value is Distribution {
  const { n, mean, sd, quantiles } = fieldsOf(value);
  return isCount(n) && isNumber(mean) && isNumber(sd) && sd >= 0 && isNumbers(quantiles, 5);
}

function isSample(value: unknown): value is TraitSample {
  const { columns, rows, labels } = fieldsOf(value);
  if (!Array.isArray(columns) || !Array.isArray(rows) || !Array.isArray(labels)) return false;
  return (
    columns.join() === testedTraits.join() &&
    rows.length === labels.length &&
    rows.every((row) => isNumbers(row, columns.length)) &&
    labels.every((label) => label === 0 || label === 1)
  );
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isNumbers = (value: unknown, length: number): boolean =>
  Array.isArray(value) && value.length === length && value.every(isNumber);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isShare = (value: unknown): boolean => isNumber(value) && value >= 0 && value <= 1;
