// Who is on a picture of the published dataset, from its file name. Other datasets may use the same names for other things,
// so names count only where the dataset is known (known-dataset.ts) or a user vouches for them. Numbers run separately per type: "person23_bacteria" and
// "person23_virus" are two keys, and read so the published train and test sets share no patient.
import type { Sample } from "./sample.js";

const patterns: readonly { readonly pattern: RegExp; readonly key: (groups: readonly string[]) => string }[] = [
  // Kaggle: person23_bacteria_78.jpeg, person7_virus_1.jpeg
  { pattern: /^person(\d+)_(bacteria|virus)_/i, key: ([number, type]) => `${type?.toLowerCase()}:${Number(number)}` },
  // Kaggle: IM-0115-0001.jpeg, NORMAL2-IM-0383-0001.jpeg
  { pattern: /^(NORMAL2-IM|IM)-(\d+)-/i, key: ([type, number]) => `${type?.toUpperCase()}:${Number(number)}` },
  // Mendeley: BACTERIA-1008087-0001.jpeg, VIRUS-…, NORMAL-…
  { pattern: /^(bacteria|virus)-(\d+)-/i, key: ([type, number]) => `${type?.toLowerCase()}:${Number(number)}` },
  { pattern: /^NORMAL-(\d+)-/i, key: ([number]) => `NORMAL:${Number(number)}` },
];

/**
 * The patient key of an image's file name (a path's last part): `bacteria:23`, `virus:7`, `IM:115`, `NORMAL2-IM:383`,
 * `NORMAL:1003233`; null if it follows none of the published schemes.
 */
export function patientKey(fileName: string): string | null {
  for (const { pattern, key } of patterns) {
    const match = pattern.exec(fileName);
    if (match) return key(match.slice(1));
  }
  return null;
}

/** What must stay on one side of a split: a patient's images, or a single image where nobody knows whose it is. */
export const groupOf = ({ patient, name }: Pick<Sample, "patient" | "name">): string =>
  patient === null ? `image ${name}` : conservativeGroup(patient);

/**
 * A wider group for splits inside one set: bacteria N and virus N may be one child, so both are `person:N`, as is
 * Mendeley's NORMAL N (its numbers are hospital-wide). Other keys stay as they are.
 */
export function conservativeGroup(patient: string): string {
  const match = /^(?:bacteria|virus|NORMAL):(\d+)$/.exec(patient);
  return match ? `person:${match[1]}` : patient;
}
