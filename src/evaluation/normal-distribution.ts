// The standard normal distribution's tail and quantile, to about 1e-14: what intervals and p-values need.

/** Complementary error function. Series below 2, continued fraction above (Abramowitz and Stegun 7.1.6 and 7.1.14). */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 200; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let k = 120; k >= 1; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

/** P(Z <= z). */
const normalCdf = (z: number): number => erfc(-z / Math.SQRT2) / 2;

/** z with P(Z <= z) = p, 0 < p < 1: Newton's steps kept inside a shrinking bracket. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : Number.NaN;
  if (p > 0.5) return -normalQuantile(1 - p);
  let low = -40;
  let high = 0;
  let z = -Math.sqrt(-2 * Math.log(2 * p));
  for (let step = 0; step < 100; step++) {
    const error = normalCdf(z) - p;
    if (error > 0) high = z;
    else low = z;
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const newton = z - error / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - z) < 1e-15 * Math.max(1, Math.abs(z))) return next;
    z = next;
  }
  return z;
}

/** The two-sided critical value: 1.96 for 0.95. */
export const criticalValue = (level: number): number => -normalQuantile((1 - level) / 2);
