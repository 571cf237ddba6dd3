// Holm's correction: several tests at once, so that the chance of even one false finding stays below the level.

/**
 * Adjusted p-values in the order given, at most 1 (S. Holm, Scandinavian Journal of Statistics 6, 1979). They equal
 * statsmodels' `multipletests(method="holm")`.
 * @param p each 0..1; all tests that were made belong in, not only the promising ones
 */
export function holmAdjusted(p: readonly number[]): readonly number[] {
  const order = p.map((_, i) => i).sort((a, b) => (p[a] as number) - (p[b] as number));
  const adjusted = new Array<number>(p.length);
  let highest = 0;
  for (const [rank, i] of order.entries()) {
    highest = Math.max(highest, (p.length - rank) * (p[i] as number));
    adjusted[i] = Math.min(1, highest);
  }
  return adjusted;
}
