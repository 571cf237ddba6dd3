// The width multiplier `alpha`: which values the MobileNets take, and that the other families have none.
import { AppError } from "../../core/errors.js";
import type { BuildOptions } from "./zoo-entry.js";

/**
 * @param published the widths that there are weights for, in words
 * @throws AppError OPTION_INVALID outside 0.1 to 2
 */
export function checkedAlpha({ alpha = 1 }: BuildOptions, published: string): number {
  if (alpha >= 0.1 && alpha <= 2) return alpha;
  throw new AppError("OPTION_INVALID", {
    place: "alpha",
    rule: `the width of a MobileNet, from 0.1 to 2; weights are published for ${published}`,
    received: `${alpha}`,
  });
}

/** @throws AppError OPTION_INVALID when a family without widths is asked for one */
export function refuseAlpha(title: string, { alpha = 1 }: BuildOptions): void {
  if (alpha === 1) return;
  throw new AppError("OPTION_INVALID", {
    place: "alpha",
    rule: `only the MobileNets come in several widths, ${title} does not`,
    received: `${alpha}`,
    remedy: "Omit it",
  });
}
