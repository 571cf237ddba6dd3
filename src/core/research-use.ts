// What must stand wherever a score is shown, in the product's one wording.

/** The sentence that stands wherever a score is shown. */
export const researchUse = "Research use only; not a medical device.";

/** For pages on which somebody may look for permission. */
export const researchUseInFull =
  "For research and teaching only. This is not a medical device: it must not be used to diagnose, to treat or to decide anything about a patient.";
