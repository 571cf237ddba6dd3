// What cells of CSV files may say of who is on an image: one reading for manifests and for files of predictions.

/** What a cell should hold, told to whoever wrote another. */
export class CellError extends Error {
  readonly rule: string;

  constructor(rule: string) {
    super(rule);
    this.rule = rule;
  }
}

/** As DICOM's PatientSex: female, male, other. */
export type Sex = "F" | "M" | "O";

/** Readers of cells that are not empty. @throws CellError */
export const factCells = {
  ageYears(text: string): number {
    // With an exponent, as tiny numbers are written.
    const years = /^\d+(\.\d+)?(e-\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(years <= 130)) throw new CellError("a number of years from 0 to 130, such as 4 or 0.5, or nothing");
    return years;
  },
  sex(text: string): Sex {
    const letter = { female: "F", male: "M", other: "O" }[text.toLowerCase()] ?? text.toUpperCase();
    if (letter !== "F" && letter !== "M" && letter !== "O") throw new CellError("F, M, O or nothing");
    return letter;
  },
  view: (text: string): string => text.toUpperCase(),
} as const;
