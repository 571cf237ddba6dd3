// Another share of pneumonia than the model was trained and tested on, and what it alone does to predictive values and
// accuracy: Bayes' rule with the sensitivity and specificity of the run's own test images.
import { criticalValue } from "../normal-distribution.js";
import type { OwnResult } from "./own-result.js";
import type { SetSummary } from "./set-description.js";

/** Shares of images of pneumonia, 0..1. */
export interface ClassShare {
  /** Of the training images; null where they are not described. */
  readonly trained: number | null;
  /** Of the run's own test images; null where it is not known. */
  readonly tested: number | null;
  readonly here: number;
  /** A tenth or more from the training images (else from the own test images), beyond chance. */
  readonly isNotable: boolean;
  /** What the run's own sensitivity and specificity amount to at its own share, and at the share here; null where not known. */
  readonly expected: { readonly tested: ExpectedValues; readonly here: ExpectedValues } | null;
}

/** Predictive values and accuracy at a share of pneumonia; null where there is nothing to divide by. */
export interface ExpectedValues {
  readonly ppv: number | null;
  readonly npv: number | null;
  readonly accuracy: number;
}

const notableShare = 0.1;

export function classShare(
  trained: Pick<SetSummary, "images" | "pneumonia"> | null,
  here: Pick<SetSummary, "images" | "pneumonia">,
  own: OwnResult | null,
): ClassShare {
  const reference = trained?.pneumonia ?? own?.pneumonia ?? here.pneumonia;
  const [sensitivity, specificity] = [own?.sensitivity.value ?? null, own?.specificity.value ?? null];
  const isKnown = own !== null && sensitivity !== null && specificity !== null;
  const at = (share: number) => expectedValues(sensitivity as number, specificity as number, share);
  return {
    trained: trained?.pneumonia ?? null,
    tested: own?.pneumonia ?? null,
    here: here.pneumonia,
    isNotable: isNotable(reference, here),
    expected: isKnown ? { tested: at(own.pneumonia), here: at(here.pneumonia) } : null,
  };
}

/** By the larger set's share: the other is small beside it, or as uncertain. */
function isNotable(reference: number, { images, pneumonia }: Pick<SetSummary, "images" | "pneumonia">): boolean {
  const difference = Math.abs(pneumonia - reference);
  const error = Math.sqrt(Math.max(reference * (1 - reference), 0.01) / images);
  return difference >= notableShare && difference > criticalValue(0.99) * error;
}

/** Bayes' rule. */
function expectedValues(sensitivity: number, specificity: number, share: number): ExpectedValues {
  const [found, missed] = [sensitivity * share, (1 - sensitivity) * share];
  const [spared, alarmed] = [specificity * (1 - share), (1 - specificity) * (1 - share)];
  const ratio = (part: number, total: number) => (total === 0 ? null : part / total);
  return { ppv: ratio(found, found + alarmed), npv: ratio(spared, spared + missed), accuracy: found + spared };
}
