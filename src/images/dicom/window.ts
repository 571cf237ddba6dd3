// Window functions (PS3.3 C.11.2.1.2 and .3): a value to a share of the display's range, 0 darkest and 1 brightest.

export const windowFunctions = ["LINEAR", "LINEAR_EXACT", "SIGMOID"] as const;
export type WindowFunction = (typeof windowFunctions)[number];

export interface Window {
  readonly function: WindowFunction;
  readonly center: number;
  readonly width: number;
}

/** The share of the range, 0..1, for a value. */
export function applyWindow({ function: shape, center, width }: Window, value: number): number {
  switch (shape) {
    case "LINEAR": {
      if (value <= center - 0.5 - (width - 1) / 2) return 0;
      if (value > center - 0.5 + (width - 1) / 2) return 1;
      return (value - (center - 0.5)) / (width - 1) + 0.5;
    }
    case "LINEAR_EXACT": {
      if (value <= center - width / 2) return 0;
      if (value > center + width / 2) return 1;
      return (value - center) / width + 0.5;
    }
    case "SIGMOID":
      return 1 / (1 + Math.exp((-4 * (value - center)) / width));
    default:
      return shape satisfies never;
  }
}

/** Whether the standard allows the width: 1 at least for LINEAR, more than 0 for the others. */
export function isValidWindow({ function: shape, center, width }: Window): boolean {
  return Number.isFinite(center) && Number.isFinite(width) && (shape === "LINEAR" ? width >= 1 : width > 0);
}
