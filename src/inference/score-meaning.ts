// What the one output of a file by Keras is the probability of: such files do not say.

/** Which class the model's output is the probability of. */
export const scoreMeanings = ["pneumonia", "normal"] as const;
/** The class whose probability a model's output is. */
export type ScoreMeaning = (typeof scoreMeanings)[number];
