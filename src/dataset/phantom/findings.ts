// What pneumonia adds to a synthetic radiograph: soft opacities inside the lungs. Bacterial: one or few larger ones,
// mostly in one lung. Viral: several smaller, fainter ones in both. Radiology in caricature, made to be learnt by form.
import type { Random } from "../../core/random.js";
import type { Anatomy } from "./anatomy.js";

export type Finding = "normal" | "bacteria" | "virus";

/** A soft, elongated blob in body coordinates. */
export interface Blob {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Its longer over its shorter axis, and the angle of the longer one in radians. */
  readonly stretch: number;
  readonly angle: number;
  /** Added optical density at the centre. */
  readonly strength: number;
}

/** Where and how strong a patient's opacities are; none for a normal. */
export function drawOpacities(finding: Finding, anatomy: Anatomy, random: Random): Blob[] {
  switch (finding) {
    case "normal":
      return [];
    case "bacteria": {
      const side = random.uniform() < 0.5 ? -1 : 1;
      const foci = 1 + random.integer(2);
      return Array.from({ length: foci }, (_, i) => {
        const isOtherSide = i > 0 && random.uniform() < 0.3;
        return cluster(anatomy, isOtherSide ? -side : side, random, {
          radius: [0.09, 0.17],
          strength: [0.4, 0.62],
          parts: 5,
        });
      }).flat();
    }
    case "virus": {
      const foci = 4 + random.integer(4);
      return Array.from({ length: foci }, () => {
        const side = random.uniform() < 0.5 ? -1 : 1;
        return cluster(anatomy, side, random, { radius: [0.055, 0.095], strength: [0.36, 0.52], parts: 3 });
      }).flat();
    }
    default:
      return finding satisfies never;
  }
}

interface ClusterRange {
  readonly radius: readonly [number, number];
  readonly strength: readonly [number, number];
  readonly parts: number;
}

/** Overlapping blobs around one place in the lung of the side (-1 or 1), so that outlines are irregular. */
function cluster(anatomy: Anatomy, side: number, random: Random, range: ClusterRange): Blob[] {
  const bottom = anatomy.diaphragm[side < 0 ? 0 : 1];
  const y = random.uniform(anatomy.apex + 0.25, bottom - 0.02);
  const x = side * random.uniform(0.26, anatomy.lungWidth - 0.12);
  const radius = random.uniform(...range.radius);
  const strength = random.uniform(...range.strength);
  return Array.from({ length: range.parts }, (_, i) => ({
    x: x + (i === 0 ? 0 : random.normal(0, 0.6 * radius)),
    y: y + (i === 0 ? 0 : random.normal(0, 0.6 * radius)),
    radius: radius * random.uniform(0.5, 1),
    stretch: random.uniform(1, 1.8),
    angle: random.uniform(0, Math.PI),
    strength: strength * (i === 0 ? 0.7 : random.uniform(0.2, 0.5)),
  }));
}
