// Logistic recalibration: the line from a score's logit to that of the truth, by maximum likelihood (Cox, Biometrika 45, 1958).

/** Scores are kept this far from 0 and 1 before the logit. */
const logitMargin = 1e-7;

export function logit(score: number): number {
  const kept = Math.min(1 - logitMargin, Math.max(logitMargin, score));
  return Math.log(kept / (1 - kept));
}

export interface CalibrationLine {
  readonly intercept: number;
  readonly slope: number;
}

/** `line`: both are fitted. `shift`: the slope stays 1. `scale`: the intercept stays 0. */
export type LineKind = "line" | "shift" | "scale";

/** The T that minimises the log-loss of sigmoid(logit / T); null where there is none. */
export function fitTemperature(logits: Float64Array, labels: Uint8Array): number | null {
  const slope = fitLine(logits, labels, "scale")?.slope;
  return slope === undefined || slope <= 0 ? null : 1 / slope;
}

const mostSteps = 100;
/** A last step of Newton's method below this leaves an error of its square: far below what resampling changes. */
const enough = 1e-3;
/** Beyond it the likelihood has no maximum: the logits separate the classes. */
const largest = 1e3;

/**
 * By Newton's method with step halving. null where it does not converge: the likelihood then has no maximum.
 * @param weights of the rows; 1 each when absent
 */
export function fitLine(
  logits: Float64Array,
  labels: Uint8Array,
  kind: LineKind,
  weights?: ArrayLike<number>,
): CalibrationLine | null {
  let at: CalibrationLine = { intercept: 0, slope: kind === "shift" ? 1 : 0 };
  let state = derivatives(logits, labels, at, weights, "with loss");
  if (state.positives === 0 || state.positives === state.total) return null;
  for (let step = 0; step < mostSteps; step++) {
    const towards = newtonStep(state, kind);
    if (towards === null) return null;
    let share = 1;
    let next = moved(at, towards, share);
    let there = derivatives(logits, labels, next, weights, "with loss");
    while (there.loss > state.loss && share > 1e-6) {
      share /= 2;
      next = moved(at, towards, share);
      there = derivatives(logits, labels, next, weights, "with loss");
    }
    const change = Math.max(Math.abs(next.intercept - at.intercept), Math.abs(next.slope - at.slope));
    at = next;
    state = there;
    if (Math.max(Math.abs(at.intercept), Math.abs(at.slope)) > largest) return null;
    if (change < 1e-10) return state.loss / state.total < 1e-8 ? null : at;
  }
  return null;
}

/**
 * The fit of the same rows, each counted as often as `weights` say, from that of all: a few of Newton's steps.
 * null where they lead nowhere.
 */
export function refitLine(
  logits: Float64Array,
  labels: Uint8Array,
  kind: LineKind,
  start: CalibrationLine,
  weights: ArrayLike<number>,
): CalibrationLine | null {
  let at = start;
  for (let step = 0; step < mostSteps; step++) {
    const towards = newtonStep(derivatives(logits, labels, at, weights, "without loss"), kind);
    if (towards === null) return null;
    at = moved(at, towards, 1);
    if (!(Math.max(Math.abs(at.intercept), Math.abs(at.slope)) <= largest)) return null;
    if (Math.max(Math.abs(towards.intercept), Math.abs(towards.slope)) < enough) return at;
  }
  return null;
}

/** Of the log-loss at a line: its value, gradient and Hessian, over the rows as often as they count. */
interface Derivatives {
  /** 0 where it was not asked for. */
  readonly loss: number;
  readonly gradient: readonly [intercept: number, slope: number];
  readonly hessian: readonly [intercepts: number, mixed: number, slopes: number];
  readonly positives: number;
  readonly total: number;
}

function derivatives(
  logits: Float64Array,
  labels: Uint8Array,
  { intercept, slope }: CalibrationLine,
  weights: ArrayLike<number> | undefined,
  wanted: "with loss" | "without loss",
): Derivatives {
  let [loss, g0, g1, h00, h01, h11, positives, total] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < logits.length; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number);
    if (weight === 0) continue;
    const x = logits[i] as number;
    const label = labels[i] as number;
    const line = intercept + slope * x;
    const small = Math.exp(-Math.abs(line));
    const p = line >= 0 ? 1 / (1 + small) : small / (1 + small);
    if (wanted === "with loss") loss += weight * (Math.max(label === 1 ? -line : line, 0) + Math.log1p(small));
    const error = weight * (p - label);
    const curvature = weight * p * (1 - p);
    g0 += error;
    g1 += error * x;
    h00 += curvature;
    h01 += curvature * x;
    h11 += curvature * x * x;
    positives += weight * label;
    total += weight;
  }
  return { loss, gradient: [g0, g1], hessian: [h00, h01, h11], positives, total };
}

/** null where the Hessian is singular. */
function newtonStep({ gradient, hessian }: Derivatives, kind: LineKind): CalibrationLine | null {
  const [g0, g1] = gradient;
  const [h00, h01, h11] = hessian;
  if (kind === "shift") return h00 > 1e-300 ? { intercept: g0 / h00, slope: 0 } : null;
  if (kind === "scale") return h11 > 1e-300 ? { intercept: 0, slope: g1 / h11 } : null;
  const determinant = h00 * h11 - h01 * h01;
  if (!(Math.abs(determinant) > 1e-12 * Math.abs(h00 * h11) + 1e-300)) return null;
  return { intercept: (h11 * g0 - h01 * g1) / determinant, slope: (h00 * g1 - h01 * g0) / determinant };
}

const moved = (from: CalibrationLine, step: CalibrationLine, share: number): CalibrationLine => ({
  intercept: from.intercept - share * step.intercept,
  slope: from.slope - share * step.slope,
});
