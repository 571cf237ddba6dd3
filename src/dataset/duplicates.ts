// Copies and shared patients: what makes a test set less independent than its size says.
import { conservativeGroup } from "./patient-key.js";
import type { Sample, SplitName } from "./sample.js";

/** Files with equal bytes. */
export interface DuplicateGroup {
  /** Two or more, in dataset order. */
  readonly names: readonly string[];
  readonly acrossSplits: boolean;
  readonly acrossClasses: boolean;
}

/** Groups samples of equal digest, given as [sample, digest], in the order of their first member. */
export function groupDuplicates(digests: Iterable<readonly [Sample, string]>): DuplicateGroup[] {
  const groups = new Map<string, Sample[]>();
  for (const [sample, digest] of digests) {
    const group = groups.get(digest);
    if (group) group.push(sample);
    else groups.set(digest, [sample]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      names: group.map(({ name }) => name),
      acrossSplits: new Set(group.map(({ split }) => split)).size > 1,
      acrossClasses: new Set(group.map(({ label }) => label)).size > 1,
    }));
}

/** A patient with images in more than one split. */
export interface CrossingPatient {
  readonly patient: string;
  readonly splits: readonly SplitName[];
  readonly names: readonly string[];
}

/** With the wider key, under which patients of one number count as one person. */
export const underNumber = (sample: Sample): Sample =>
  sample.patient === null ? sample : { ...sample, patient: conservativeGroup(sample.patient) };

export function patientsAcrossSplits(samples: readonly Sample[]): CrossingPatient[] {
  const patients = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (sample.patient === null) continue;
    const images = patients.get(sample.patient);
    if (images) images.push(sample);
    else patients.set(sample.patient, [sample]);
  }
  return [...patients].flatMap(([patient, images]) => {
    const splits = [...new Set(images.map(({ split }) => split))];
    return splits.length > 1 ? [{ patient, splits, names: images.map(({ name }) => name) }] : [];
  });
}
