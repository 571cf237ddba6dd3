// Whether a patient is younger or older than everybody whom a model was trained on: chests and pneumonia change with age.
import type { ImageWarning } from "../images/image-warning.js";
import { agesText, type ModelContract, trainedAges } from "../model/model-contract.js";

/**
 * The warning, or none: also where the age or the model's ages are not known.
 * @param ageYears the patient's
 */
export function ageOutside(
  ageYears: number | undefined,
  trainedOn: ModelContract["trainedOn"],
): readonly [] | readonly [ImageWarning] {
  const ages = trainedAges(trainedOn);
  if (ages === null || ageYears === undefined) return [];
  const [youngest, oldest] = ages;
  // Whole years: who is 5 has not had the sixth birthday.
  if (ageYears >= youngest && ageYears < oldest + 1) return [];
  return [
    {
      code: "AGE_OUTSIDE",
      message: `The patient's age is outside ${agesText(ages)}, the ages of the patients in the training data.`,
    },
  ];
}
