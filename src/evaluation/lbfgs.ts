// Limited-memory BFGS for smooth convex functions (Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithm 7.5),
// with step halving. No randomness.

/** Writes the gradient at `point` into `gradient` and returns the value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  /** Stops where the gradient's largest component is not above it. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly isConverged: boolean;
}

/** How many past steps shape the direction. */
const memory = 10;
/** Armijo's condition: a step gains at least this share of what the slope promises. */
const sufficientDecrease = 1e-4;

export function minimise(objective: Objective, start: Float64Array, options: MinimiseOptions): Minimum {
  let point: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(point.length);
  let value = objective(point, gradient);
  const past: { readonly step: Float64Array; readonly change: Float64Array; readonly curvature: number }[] = [];
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    if (largest(gradient) <= options.tolerance) return { point, value, iterations: iteration, isConverged: true };
    const direction = gradient.map((g) => -g);
    const shares: number[] = [];
    for (const { step, change, curvature } of past.toReversed()) {
      const share = inner(step, direction) / curvature;
      shares.push(share);
      add(direction, change, -share);
    }
    const newest = past.at(-1);
    // Without a past the first step has length 1; afterwards the newest curvature sets the scale.
    const scale =
      newest === undefined
        ? 1 / Math.max(1, Math.sqrt(inner(gradient, gradient)))
        : newest.curvature / inner(newest.change, newest.change);
    for (let j = 0; j < direction.length; j++) direction[j] = (direction[j] as number) * scale;
    for (const { step, change, curvature } of past) {
      const share = shares.pop() as number;
      add(direction, step, share - inner(change, direction) / curvature);
    }
    const slope = inner(gradient, direction);
    const nextGradient = new Float64Array(point.length);
    let length = 1;
    let next = moved(point, direction, length);
    let nextValue = objective(next, nextGradient);
    while (!(nextValue <= value + sufficientDecrease * length * slope)) {
      length /= 2;
      // No descent left within rounding.
      if (length < 1e-20) return { point, value, iterations: iteration, isConverged: false };
      next = moved(point, direction, length);
      nextValue = objective(next, nextGradient);
    }
    const step = next.map((x, j) => x - (point[j] as number));
    const change = nextGradient.map((g, j) => g - (gradient[j] as number));
    const curvature = inner(step, change);
    if (curvature > 0) past.push({ step, change, curvature });
    if (past.length > memory) past.shift();
    point = next;
    value = nextValue;
    gradient = nextGradient;
  }
  const isConverged = largest(gradient) <= options.tolerance;
  return { point, value, iterations: options.maxIterations, isConverged };
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] as number) * (b[j] as number);
  return sum;
}

function add(target: Float64Array, source: Float64Array, factor: number): void {
  for (let j = 0; j < target.length; j++) target[j] = (target[j] as number) + factor * (source[j] as number);
}

function moved(point: Float64Array, direction: Float64Array, length: number): Float64Array {
  return point.map((x, j) => x + length * (direction[j] as number));
}

function largest(values: Float64Array): number {
  let result = 0;
  for (const value of values) result = Math.max(result, Math.abs(value));
  return result;
}
