// How old a patient was, by what a header says of it.
import type { Attributes } from "./attributes.js";

const daysIn = { D: 1, W: 7, M: 30.4375, Y: 365.25 } as const;

/**
 * Years, those of infants with two decimals, by PatientAge (a number and D, W, M or Y), else whole ones by the dates of birth
 * and study; undefined if unknown.
 */
export function ageInYears(attributes: Attributes): number | undefined {
  const [, count, unit] = /^(\d{1,3})([DWMY])$/.exec(attributes.text("PatientAge")) ?? [];
  // Downwards, for 11.9 months are no year.
  if (count !== undefined) {
    return Math.floor(((Number(count) * daysIn[unit as keyof typeof daysIn]) / 365.25) * 100 + 1e-7) / 100;
  }
  const birth = dateNumber(attributes.text("PatientBirthDate"));
  const study = dateNumber(attributes.text("StudyDate") || attributes.text("AcquisitionDate"));
  // 20240314 - 20200315 = 39999: the fourth birthday is a day away.
  return birth === undefined || study === undefined || study < birth ? undefined : Math.floor((study - birth) / 10_000);
}

const dateNumber = (date: string): number | undefined => (/^\d{8}$/.test(date) ? Number(date) : undefined);
