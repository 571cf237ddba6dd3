// The learning rate: Keras' ReduceLROnPlateau as a pure step on plain data, so that a checkpoint can carry the state and
// a resumed run goes on exactly; and a fall along a cosine, which depends on nothing but the step.

/** How the learning rate goes on from the first one. */
export type Schedule =
  | { readonly name: "plateau"; readonly settings: PlateauSettings; readonly monitor: "accuracy" | "auc" }
  | { readonly name: "cosine" };

/**
 * What the first learning rate is multiplied with: half a cosine, from 1 to 0 (Loshchilov and Hutter, ICLR 2017, without
 * restarts).
 * @param done share of the stage's steps that are done, 0..1
 */
export const cosineDecay = (done: number): number => (1 + Math.cos(Math.PI * done)) / 2;

/** Keras' ReduceLROnPlateau arguments. */
export interface PlateauSettings {
  /** Whether a larger or a smaller value of the watched metric is better. */
  readonly mode: "max" | "min";
  /** The learning rate is multiplied with this, in (0, 1). */
  readonly factor: number;
  /** Epochs without improvement after which the learning rate is reduced. */
  readonly patience: number;
  /** A value must be better than the best by more than this to count as an improvement. */
  readonly minDelta: number;
  /** Epochs after a reduction in which nothing is counted. */
  readonly cooldown: number;
  readonly minLearningRate: number;
}

/** The study's settings for a metric that should grow (accuracy, AUC): patience 2, factor 0.3, min_lr 1e-6. */
export const studyPlateau: PlateauSettings = {
  mode: "max",
  factor: 0.3,
  patience: 2,
  minDelta: 1e-4,
  cooldown: 0,
  minLearningRate: 1e-6,
};

/** Plain JSON. `learningRate` is a 32-bit float's value, as Keras' optimizer holds it. */
export interface PlateauState {
  readonly learningRate: number;
  /** Best value so far; null before the first. */
  readonly best: number | null;
  /** Epochs since the last improvement. */
  readonly wait: number;
  readonly cooldown: number;
}

/** The state before the first epoch. */
export function startPlateau(learningRate: number): PlateauState {
  return { learningRate: Math.fround(learningRate), best: null, wait: 0, cooldown: 0 };
}

/** "min" for losses, "max" for accuracies and AUC: Keras 3's rule for mode "auto" (Keras 2 takes AUC for a loss). */
export function directionOf(metric: string): PlateauSettings["mode"] {
  return metric.endsWith("loss") ? "min" : "max";
}

/**
 * The state after an epoch that ended with `value` of the watched metric.
 *
 * NaN is never an improvement, as in Keras 2; in Keras 3 a NaN in the very first epoch becomes the best value and
 * nothing ever improves on it, which is not copied.
 */
export function stepPlateau(settings: PlateauSettings, state: PlateauState, value: number): PlateauState {
  let cooldown = state.cooldown;
  let wait = state.wait;
  if (cooldown > 0) {
    cooldown -= 1;
    wait = 0;
  }
  if (isImprovement(settings, state.best, value)) return { ...state, best: finite(value), wait: 0, cooldown };
  if (cooldown > 0) return { ...state, wait, cooldown };
  wait += 1;
  const canReduce = state.learningRate > Math.fround(settings.minLearningRate);
  if (wait < settings.patience || !canReduce) return { ...state, wait, cooldown };
  const reduced = Math.max(state.learningRate * settings.factor, settings.minLearningRate);
  return { ...state, learningRate: Math.fround(reduced), wait: 0, cooldown: settings.cooldown };
}

/** Keras 3 subtracts in double precision and compares as 32-bit floats. */
function isImprovement(settings: PlateauSettings, best: number | null, value: number): boolean {
  if (Number.isNaN(value)) return false;
  if (best === null) return true;
  return settings.mode === "max"
    ? Math.fround(value - settings.minDelta) > Math.fround(best)
    : Math.fround(value + settings.minDelta) < Math.fround(best);
}

/** JSON has no infinity; the largest double stands for it and compares the same, being infinite as a 32-bit float. */
function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
