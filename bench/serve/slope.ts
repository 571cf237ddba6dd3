// How fast memory grows, whatever single samples do.

/**
 * MiB an hour by Theil and Sen: the median of the slopes between all pairs of samples, which a garbage collection here or
 * there does not move. NaN of fewer than two samples.
 */
export function slopePerHour(samples: readonly { readonly seconds: number; readonly mib: number }[]): number {
  const step = Math.max(1, Math.ceil(samples.length / 500)); // 125,000 pairs are enough
  const some = samples.filter((_, i) => i % step === 0);
  const slopes = some.flatMap((a, i) =>
    some.slice(i + 1).map((b) => ((b.mib - a.mib) * 3600) / (b.seconds - a.seconds)),
  );
  slopes.sort((a, b) => a - b);
  return slopes[Math.floor(slopes.length / 2)] ?? Number.NaN;
}
