// Numbers in the command line's sentences.

/** A whole number with thousands separated by commas: "5,216". */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** "1 image", "3 images", "5,216 images". */
export const counted = (value: number, singular: string, plural = `${singular}s`): string =>
  `${count(value)} ${value === 1 ? singular : plural}`;

/** A share as a percentage, one decimal unless told: "92.5%"; "n/a" where there is none. */
export const percent = (share: number | null | undefined, digits = 1): string =>
  share === null || share === undefined || !Number.isFinite(share) ? "n/a" : `${(100 * share).toFixed(digits)}%`;

/** "365 patients"; "unknown patients" where nobody knows whose the images are. */
export const patientsText = (patients: number | null): string =>
  patients === null ? "unknown patients" : counted(patients, "patient");
