// What is said of a JPEG or PNG file that is not read. One place, because two decoders must say the same.
import { AppError } from "../core/errors.js";

/** The bytes contradict the format. */
export function damaged(name: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    "IMAGE_UNREADABLE",
    { place: name, rule: `the image is damaged (${reason})`, remedy: "Copy or download the file again" },
    { cause },
  );
}

/** The bytes end before the image does. */
export function cutShort(name: string): AppError {
  return new AppError("IMAGE_TRUNCATED", {
    place: name,
    rule: "the image is cut short",
    remedy: "Copy or download the file again",
  });
}

/** A file whose decoding would take, or took, more than any may. */
export function tooCostly(name: string, rule: string, received: string, cause?: unknown): AppError {
  const remedy = "Save it smaller, or as a plain 8-bit PNG: not progressive, not interlaced";
  return new AppError("IMAGE_TOO_COSTLY", { place: name, rule, received, remedy }, { cause });
}

/** An intact file of a kind that is not read. */
export function unsupportedKind(name: string, received: string, remedy: string): AppError {
  return new AppError("IMAGE_UNREADABLE", { place: name, rule: "must be an 8-bit grey or RGB JPEG", received, remedy });
}
