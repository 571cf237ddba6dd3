// Two equally good models' scores of images of the same patients, as often as wanted: what tests and intervals must hold for.
import type { Random } from "../../src/core/random.js";
import type { Prediction } from "../../src/evaluation/prediction.js";

/** Patients of a class by how many images they have: [images, patients]. */
export type PatientSizes = readonly (readonly [images: number, patients: number])[];

/** The official test part's: 220 + 5 patients of 234 normal images, 203 of 390 images of pneumonia. */
export const officialSizes: Readonly<Record<"normal" | "pneumonia", PatientSizes>> = {
  normal: [
    [1, 220],
    [2, 1],
    [3, 4],
  ],
  pneumonia: [
    [1, 126],
    [2, 29],
    [3, 19],
    [4, 11],
    [5, 10],
    [6, 4],
    [7, 2],
    [8, 1],
    [9, 1],
  ],
};

export interface SimulatedPair {
  readonly sizes: typeof officialSizes;
  /** Of what a model alone sees in a patient's images: the correlation within the patient, of each model. */
  readonly correlations: readonly [a: number, b: number];
}

/** Standard deviations between the classes of one model's values, whose variance is 2: an AUC of 0.965. */
const distance = 3.62;

/** What each model's scores are worth, exactly: normal values with the classes `distance` apart, called at the middle. */
export const truth = { accuracy: 0.8997, auc: 0.9649 } as const;

/** Both models' rows, image by image. A part of each value is the image's own and moves both models alike. */
export function simulatePair(
  { sizes, correlations }: SimulatedPair,
  random: Random,
): readonly [readonly Prediction[], readonly Prediction[]] {
  const rows: [Prediction[], Prediction[]] = [[], []];
  for (const [label, kind] of [
    [0, "normal"],
    [1, "pneumonia"],
  ] as const) {
    for (const [images, patients] of sizes[kind]) {
      for (let p = 0; p < patients; p++) {
        const patient = `${kind} ${images} ${p}`;
        const ofPatient = [random.normal(), random.normal()] as const;
        for (let i = 0; i < images; i++) {
          const ofImage = random.normal();
          for (const model of [0, 1] as const) {
            const share = correlations[model];
            const own = Math.sqrt(share) * ofPatient[model] + Math.sqrt(1 - share) * random.normal();
            const value = distance * (label - 0.5) + ofImage + own;
            rows[model].push({ name: `${patient} ${i}`, patient, label, score: 1 / (1 + Math.exp(-value)) });
          }
        }
      }
    }
  }
  return rows;
}

/** The same rows with nobody knowing whose images they are. */
export const withoutPatients = (rows: readonly Prediction[]): readonly Prediction[] =>
  rows.map((row) => ({ ...row, patient: null }));
