// How numbers are written in figures, tables and text: one place, so the same value never appears in two spellings.

/** A proportion with three decimals, ".925" never: "0.925"; "n/a" where there is none. */
export function proportion(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? "n/a" : value.toFixed(3);
}

/** A threshold with three decimals, more where three would read 0.000 or 1.000 and it is neither. */
export function thresholdText(value: number): string {
  const isHidden = (value > 0 && value < 0.0005) || (value >= 0.9995 && value < 1);
  if (!isHidden) return value.toFixed(3);
  return value < 0.5 ? value.toPrecision(2) : `1 − ${(1 - value).toPrecision(2)}`;
}

/** A proportion as a percentage, one decimal unless told: "92.5%". */
export function percent(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined || !Number.isFinite(value) ? "n/a" : `${(100 * value).toFixed(digits)}%`;
}

/** A whole number with thousands separated by commas: "5,216". */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** "1 image", "3 images", "5,216 images". */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** Seconds as "48 s", "12 min 5 s", "3 h 20 min". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A learning rate as people write it: "0.001", "3e-4", "2.7e-5". */
export function learningRate(value: number): string {
  if (value >= 0.001) return String(Number(value.toPrecision(3)));
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${Number(digits)}e${exponent}`;
}

/** A p-value with three decimals, "< 0.001" below them; "–" where there is none. */
export function pValue(value: number | null): string {
  if (value === null) return "–";
  return value < 0.0005 ? "< 0.001" : value.toFixed(3);
}

/** "365 patients"; "unknown patients" where nobody knows whose the images are. */
export const patientsText = (patients: number | null): string =>
  patients === null ? "unknown patients" : counted(patients, "patient");

/** The same in a column of numbers. */
export const patientsCell = (patients: number | null): string => (patients === null ? "unknown" : count(patients));
