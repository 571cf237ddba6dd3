// What a file says of itself that makes a score of these models doubtful: view, age, modality, body part, processing.
// Such attributes are optional and often wrong, so they warn and never refuse. Values from the file are not repeated,
// except those of short closed lists: any text field can hold a patient's name.
import type { ImageWarning, ImageWarningCode } from "../image-warning.js";
import type { Attributes } from "./attributes.js";

const lateralViews = ["LL", "RL", "LLD", "RLD", "LATERAL", "LAT", "XTABLE LAT"];
/** Computed and digital radiography, secondary captures and what archives call "other". */
const radiographModalities = ["CR", "DX", "RG", "OT", "SC", ""];
const otherModalities = ["CT", "MR", "US", "MG", "NM", "PT", "XA", "RF", "IO", "PX", "ES", "XC", "SR", "SEG", "DOC"];
const chestParts = /CHEST|THORA|LUNG/;

export function scopeWarnings(attributes: Attributes): readonly ImageWarning[] {
  const warnings: ImageWarning[] = [];
  const warn = (code: ImageWarningCode, message: string) => warnings.push({ code, message });
  if (lateralViews.includes(attributes.text("ViewPosition"))) {
    warn("VIEW_LATERAL", "The file says that it is a lateral view; the models were trained on frontal ones.");
  }
  if (attributes.text("PresentationIntentType") === "FOR PROCESSING") {
    warn("FOR_PROCESSING", "The pixels are FOR PROCESSING; the models were trained on images as shown to readers.");
  }
  const age = ageYears(attributes);
  if (age !== undefined && (age < 1 || age >= 6)) {
    warn("AGE_OUTSIDE", "The patient's age is outside 1 to 5 years, the ages of the children in the training data.");
  }
  const modality = attributes.text("Modality");
  if (!radiographModalities.includes(modality)) {
    const what = otherModalities.includes(modality) ? modality : "another one";
    warn("MODALITY_OTHER", `The modality should be CR, DX or a secondary capture; the file says ${what}.`);
  }
  const bodyPart = attributes.text("BodyPartExamined");
  if (bodyPart !== "" && !chestParts.test(bodyPart)) {
    warn("BODY_PART_OTHER", "The file says that another part of the body than the chest was examined.");
  }
  if (attributes.text("BurnedInAnnotation") === "YES") {
    warn("ANNOTATION_BURNED_IN", "Text is burned into the pixels; it can name the patient and sway the score.");
  }
  if (!hasSquarePixels(attributes)) {
    warn("PIXELS_NOT_SQUARE", "The pixels are not square; the image is resized as if they were.");
  }
  return warnings;
}

/** Whole years by PatientAge (a number and D, W, M or Y), else by the dates of birth and study; undefined if unknown. */
function ageYears(attributes: Attributes): number | undefined {
  const [, count, unit] = /^(\d{1,3})([DWMY])$/.exec(attributes.text("PatientAge")) ?? [];
  const daysIn = { D: 1, W: 7, M: 30.4375, Y: 365.25 } as const;
  if (count !== undefined) return Math.floor((Number(count) * daysIn[unit as keyof typeof daysIn]) / 365.25 + 1e-9);
  const birth = dayNumber(attributes.text("PatientBirthDate"));
  const study = dayNumber(attributes.text("StudyDate") || attributes.text("AcquisitionDate"));
  return birth === undefined || study === undefined || study < birth ? undefined : (study - birth) / 365.25;
}

function dayNumber(date: string): number | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
}

function hasSquarePixels(attributes: Attributes): boolean {
  for (const keyword of ["PixelAspectRatio", "PixelSpacing", "ImagerPixelSpacing"] as const) {
    const [vertical = 1, horizontal = 1] = attributes.decimals(keyword);
    if (vertical > 0 && horizontal > 0) return Math.abs(vertical / horizontal - 1) < 0.01;
  }
  return true;
}
