// Choosing a few samples to look at.
import { Random } from "../core/random.js";
import type { Sample } from "./sample.js";

export interface PickOptions {
  /** Images per class, or fewer where a class has fewer patients. */
  readonly perClass: number;
  readonly seed: number;
}

/** Seeded random samples for a grid, normals first, no two of one patient. */
export function pickSamples(samples: readonly Sample[], { perClass, seed }: PickOptions): Sample[] {
  return ([0, 1] as const).flatMap((label) => {
    const patients = new Set<string>();
    const isNew = ({ patient, name }: Sample) => !patients.has(patient ?? name) && patients.add(patient ?? name);
    const candidates = samples.filter((sample) => sample.label === label);
    return Random.of(seed, "sample grid", label).shuffled(candidates).filter(isNew).slice(0, perClass);
  });
}
