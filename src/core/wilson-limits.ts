// The limits of Wilson's score interval for a share, which stay honest near 0 and 1 and for few trials (E. B. Wilson, "Probable
// inference", JASA 22, 1927). Results with their counts and kinds of interval are evaluation's.

/** Of 95 %: the standard normal distribution's quantile 0.975. */
export const z95 = 1.959963984540054;

/**
 * @param share 0..1
 * @param n above 0
 * @param z how many standard deviations the limits lie away
 */
export function wilsonLimits(share: number, n: number, z: number): { readonly low: number; readonly high: number } {
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
