// Bands of age: infants, small children, school age, then adults by half a lifetime. Chest and pneumonia differ most between
// the first; 65 is where studies of pneumonia in adults usually divide.
import type { Prediction } from "../prediction.js";

interface AgeBand {
  readonly name: string;
  readonly title: string;
  /** Years; the band ends below it. */
  readonly below: number;
}

const bands: readonly AgeBand[] = [
  { name: "<1", title: "Under 1", below: 1 },
  { name: "1-4", title: "1 to 4", below: 5 },
  { name: "5-17", title: "5 to 17", below: 18 },
  { name: "18-39", title: "18 to 39", below: 40 },
  { name: "40-64", title: "40 to 64", below: 65 },
  { name: "65+", title: "65 and over", below: Number.POSITIVE_INFINITY },
];

/** Titles by name, rising. */
export const ageBands: Readonly<Record<string, string>> = Object.fromEntries(
  bands.map(({ name, title }) => [name, title]),
);

/** The last year of a band counts whole: 4.9 is in "1-4". */
export function ageBandOf({ ageYears }: Prediction): string | undefined {
  return ageYears === undefined ? undefined : bands.find(({ below }) => ageYears < below)?.name;
}
