// The random child of a synthetic radiograph: what stays the same between two images of one patient. Coordinates are
// the body's: x from -1 (the patient's right, the image's left) to 1, y from -1 (neck) to 1 (upper abdomen).
import type { Random } from "../../core/random.js";

export interface Anatomy {
  /** Lungs: y of the apex and of the diaphragm's dome, x of the widest lateral edge. */
  readonly apex: number;
  readonly diaphragm: readonly [right: number, left: number];
  readonly lungWidth: number;
  /** How far the costophrenic angle lies below the dome. */
  readonly domeDepth: number;
  readonly mediastinum: number;
  readonly heart: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** 0 none .. 1 large: the thymus widens a small child's upper mediastinum. */
  readonly thymus: number;
  readonly shoulder: number;
  readonly torso: number;
  readonly ribSpacing: number;
  readonly ribSlope: number;
  readonly ribPhase: number;
  readonly ribStrength: number;
  readonly clavicleSlope: number;
  readonly scapula: number;
  readonly stomachGas: number;
  /** Seed of the patient's vessel tree. */
  readonly vesselSeed: number;
}

export function drawAnatomy(random: Random): Anatomy {
  const dome = random.uniform(0.38, 0.62);
  return {
    apex: random.uniform(-0.82, -0.68),
    diaphragm: [dome, dome + random.uniform(0.02, 0.1)],
    lungWidth: random.uniform(0.66, 0.8),
    domeDepth: random.uniform(0.12, 0.26),
    mediastinum: random.uniform(0.11, 0.17),
    heart: {
      x: random.uniform(0.07, 0.16),
      y: random.uniform(0.2, 0.32),
      width: random.uniform(0.27, 0.4),
      height: random.uniform(0.26, 0.34),
    },
    thymus: random.uniform() < 0.35 ? random.uniform(0.3, 1) : 0,
    shoulder: random.uniform(0.7, 0.95),
    torso: random.uniform(0.86, 1),
    ribSpacing: random.uniform(0.135, 0.175),
    ribSlope: random.uniform(0.15, 0.35),
    ribPhase: random.uniform(),
    ribStrength: random.uniform(0.06, 0.11),
    clavicleSlope: random.uniform(-0.45, -0.1),
    scapula: random.uniform(0, 0.07),
    stomachGas: random.uniform() < 0.6 ? random.uniform(0.08, 0.25) : 0,
    vesselSeed: random.uint32(),
  };
}
