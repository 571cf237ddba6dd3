// C's lrint in its default mode, with which OpenCV rounds.

/** The nearest whole number; of two equally near ones the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
