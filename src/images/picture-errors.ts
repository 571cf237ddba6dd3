// What is said of a JPEG or PNG file that is not read. One place, because two decoders must say the same.
import { AppError } from "../core/errors.js";

/** The bytes contradict the format. */
export function damaged(name: string, reason: string, cause?: unknown): AppError {
  const message = `${name}: the image is damaged (${reason}). Copy or download the file again.`;
  return new AppError("IMAGE_UNREADABLE", message, { cause });
}

/** The bytes end before the image does. */
export function cutShort(name: string): AppError {
  return new AppError("IMAGE_TRUNCATED", `${name}: the image is cut short. Copy or download the file again.`);
}

/** An intact file of a kind that is not read. */
export function unsupportedKind(name: string, received: string, remedy: string): AppError {
  return new AppError(
    "IMAGE_UNREADABLE",
    `${name}: must be an 8-bit grey or RGB JPEG. Received ${received}. ${remedy}`,
  );
}
