// Images described in numbers, invented from a seed, for comparing sets of them. The numbers mean nothing.
import { Random } from "../../src/core/random.js";
import type { DescribedImage } from "../../src/evaluation/shift/set-description.js";

export interface InventedSet {
  /** Multiplies grey levels. */
  readonly dimmed?: number;
  /** Three of four images show pneumonia, or one of five. */
  readonly pneumonia?: "common" | "rare";
  readonly ageYears?: number;
}

/** 200 images of unknown patients. */
export function inventedImages(name: string, { dimmed = 1, pneumonia = "common", ageYears }: InventedSet = {}) {
  const random = Random.of(5, name);
  return Array.from(
    { length: 200 },
    (_, i): DescribedImage => ({
      traits: {
        brightness: dimmed * random.normal(122, 15),
        contrast: dimmed * random.normal(56, 8),
        sharpness: random.normal(0.05, 0.01),
        black: 0.1,
        white: 0,
        edge: random.normal(-0.75, 0.25),
        shape: random.normal(1.3, 0.2),
        width: 1200,
        height: 900,
      },
      label: (pneumonia === "common" ? i % 4 > 0 : i % 5 === 0) ? 1 : 0,
      patient: null,
      ageYears,
    }),
  );
}
