// Training images and those that were scored, side by side: one table for the terminal, the report and the model card.
import type { ComparedTrait, SetComparison } from "../evaluation/shift/compare-sets.js";
import type { Distribution, SetSummary } from "../evaluation/shift/set-description.js";
import { type Trait, traits } from "../evaluation/shift/traits.js";
import { count, percent } from "./numbers.js";

export interface ShiftTable {
  /** The first is of names, the others are of numbers. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know. */
  readonly note: string;
}

/** Which images stand beside the training images: those of another place, or the run's own test images. */
export type Beside = "here" | "tested";

/** Null where the training images are not described. */
export function shiftTable(
  { trained, here, rows, pneumonia }: SetComparison,
  beside: Beside = "here",
): ShiftTable | null {
  if (trained === null) return null;
  const shareDifference = 100 * (here.pneumonia - trained.pneumonia);
  return {
    columns: ["", "Trained on", beside === "here" ? "Here" : "Tested on", "Difference"],
    rows: [
      ["Images", count(trained.images), count(here.images), ""],
      [
        "Pneumonia (share of images)",
        percent(trained.pneumonia),
        percent(here.pneumonia),
        marked(pneumonia.isNotable, `${signed(shareDifference, 1)} points`),
      ],
      ...rows.map(traitCells),
      ...agesAndSexes(trained, here, rows),
    ],
    note:
      "Mean ± standard deviation; differences of means in standard deviations (SD) of the training images. " +
      "* At least half a standard deviation, or a tenth of the images, and more than chance makes.",
  };
}

/** Where the training images are all alike in it, a difference is told as it is. */
function traitCells({ name, trained, here, difference, isNotable }: ComparedTrait): readonly string[] {
  const { step } = traitOf(name);
  return [
    traitOf(name).title,
    meanText(name, trained),
    meanText(name, here),
    marked(
      isNotable,
      trained.sd < step ? plainDifference(name, here.mean - trained.mean) : `${signed(difference, 1)} SD`,
    ),
  ];
}

/** Where both sets have ages these stand among the traits. */
function agesAndSexes(trained: SetSummary, here: SetSummary, rows: readonly ComparedTrait[]): readonly string[][] {
  const hasAges = trained.ages !== null || here.ages !== null;
  const ageText = (ages: Distribution | null) => (ages === null ? "not known" : meanText("age", ages));
  const sets = [trained, here];
  return [
    ...(hasAges && rows.every(({ name }) => name !== "age")
      ? [[age.title, ...sets.map(({ ages }) => ageText(ages)), ""]]
      : []),
    ...(sets.some(({ sexes }) => sexes !== null) ? [["Female (of known sex)", ...sets.map(femaleText), ""]] : []),
  ];
}

function femaleText({ sexes }: SetSummary): string {
  return sexes === null ? "not known" : percent(sexes.F / (sexes.F + sexes.M + sexes.O));
}

const age = {
  title: "Age (years)",
  more: "of older patients",
  less: "of younger patients",
  step: 1,
  digits: 1,
} as const;

/** How a row is called and written. */
export const traitOf = (
  name: ComparedTrait["name"],
): Pick<Trait, "title" | "more" | "less" | "step" | "digits" | "isShare"> => (name === "age" ? age : traits[name]);

/** A value in the trait's decimals: "122", "0.054", "7.1%". */
export function traitText(name: ComparedTrait["name"], value: number): string {
  const { digits, isShare } = traitOf(name);
  const text = isShare === true ? percent(value, digits) : value.toFixed(digits);
  return minus(/^-0(\.0*)?%?$/.test(text) ? text.slice(1) : text);
}

const meanText = (name: ComparedTrait["name"], { mean, sd }: Distribution): string =>
  `${traitText(name, mean)} ± ${traitText(name, sd)}`;

function plainDifference(name: ComparedTrait["name"], difference: number): string {
  const text = traitText(name, difference);
  return /[1-9]/.test(text) && difference > 0 ? `+${text}` : text;
}

/** With a sign in front; what would read as 0 has none. */
function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

const minus = (text: string) => text.replace("-", "−");
const marked = (isNotable: boolean, text: string) => (isNotable ? `* ${text}` : text);
