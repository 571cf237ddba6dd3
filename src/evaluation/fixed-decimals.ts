// Fixed decimals as Python's "{:.2f}" prints them. JavaScript's toFixed differs in one case: an exact tie
// (0.125 at two decimals) goes to the larger digit there and to the even digit in Python.

/** `value` finite; `digits` 0..40. */
export function fixedDecimals(value: number, digits: number): string {
  const exact = value.toFixed(Math.min(100, digits + 60));
  const point = exact.indexOf(".");
  const kept = exact.slice(0, digits === 0 ? point : point + 1 + digits);
  const isTie = /^50*$/.test(exact.slice(point + 1 + digits));
  const isEven = /[02468]$/.test(kept);
  return isTie && isEven ? kept : value.toFixed(digits);
}
