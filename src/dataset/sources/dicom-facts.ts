// What a DICOM header says of an image beside who is on it. Headers are filled in by hand: what no cell of a manifest may hold
// counts as not said.
import { CellError } from "../../core/fact-cells.js";
import { ageInYears } from "../../images/dicom/age-in-years.js";
import type { Attributes } from "../../images/dicom/attributes.js";
import { cells } from "../manifest/manifest-row.js";
import type { ImageFacts } from "../sample.js";

export function dicomFacts(header: Attributes): ImageFacts {
  const age = ageInYears(header);
  const sex = validOr(cells.sex, header.text("PatientSex"));
  const view = header.text("ViewPosition");
  const date = header.text("StudyDate") || header.text("AcquisitionDate");
  const acquired = validOr(cells.acquired, date.replace(/^(\d{4})\.?(\d{2})\.?(\d{2})$/, "$1-$2-$3"));
  const manufacturer = header.text("Manufacturer");
  return {
    ...(age !== undefined && age <= 130 && { ageYears: age }),
    ...(sex !== undefined && { sex }),
    ...(view !== "" && { view }),
    ...(acquired !== undefined && { acquired }),
    ...(manufacturer !== "" && { others: { manufacturer } }),
  };
}

/** Undefined for what no cell of a manifest may hold. */
export function validOr<Value>(read: (text: string) => Value, text: string): Value | undefined {
  try {
    return read(text);
  } catch (thrown) {
    if (thrown instanceof CellError) return undefined;
    throw thrown;
  }
}
