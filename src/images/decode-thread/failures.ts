// What is said of a file that breaks its decoder or the thread it runs in, or that keeps it too long.
import { AppError } from "../../core/errors.js";
import { damaged, tooCostly } from "../picture-errors.js";

export interface Failures {
  /** The decoder threw what it should not, or its thread died. */
  broken(name: string): AppError;
  /** @param received such as "one that runs out of memory" */
  tooMuch(name: string, received: string, cause?: unknown): AppError;
}

const ofDicom: Failures = {
  broken(name) {
    return new AppError("DICOM_UNREADABLE", {
      place: name,
      rule: "must be a DICOM image that can be decoded",
      received: "one that breaks the decoder",
      remedy: "Export it again, uncompressed",
    });
  },
  tooMuch(name, received, cause) {
    const rule = "a DICOM file must be decoded in bounded time and memory";
    const remedy = "Export it again, uncompressed";
    return new AppError("DICOM_TIMEOUT", { place: name, rule, received, remedy }, { cause });
  },
};

const ofPictures: Failures = {
  broken: (name) => damaged(name, "it breaks the decoder"),
  tooMuch: (name, received, cause) =>
    tooCostly(name, "an image must be decoded in bounded time and memory", received, cause),
};

/** @param format the name of a row of the formats' table */
export const failuresOf = (format: string): Failures => (format === "dicom" ? ofDicom : ofPictures);
