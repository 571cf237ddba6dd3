// What is said wherever a model is described whose images were split without knowing their patients.

/** For report, card, contract, page and API alike. */
export const splitByImageText =
  "Split by image: patients unknown. One person's images may train and test, and the results be too good.";
