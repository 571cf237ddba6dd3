// What the outputs of a file by Keras are the probabilities of: such files do not say.

/**
 * Which class the model's one output is the probability of; of a model with two outputs, both classes in the outputs' order.
 */
export const scoreMeanings = ["pneumonia", "normal", "normal,pneumonia", "pneumonia,normal"] as const;
/** The class whose probability a model's output is, or the classes of its two outputs. */
export type ScoreMeaning = (typeof scoreMeanings)[number];

/** Both classes in an order. */
export type ClassOrder = Extract<ScoreMeaning, `${string},${string}`>;

export const isClassOrder = (meaning: ScoreMeaning): meaning is ClassOrder => meaning.includes(",");

/** The order that a file's own names for its classes give; null where they do not say it plainly. */
export function orderOfLabels(labels: readonly string[]): ClassOrder | null {
  const [first, second, ...more] = labels.map(isPneumonia);
  if (first === undefined || second === undefined || more.length > 0 || first === second) return null;
  return first ? "pneumonia,normal" : "normal,pneumonia";
}

/** "Pneumonia", "PNEUMONIA (bacterial)"; not "no pneumonia". */
const isPneumonia = (label: string): boolean =>
  /pneumonia/i.test(label) && !/\b(no|non|not|without|negative)\b|non-?pneumonia/i.test(label);
