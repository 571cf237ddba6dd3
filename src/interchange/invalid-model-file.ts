// The error for a model file that is not what it claims to be, whatever its format.
import { AppError } from "../core/errors.js";

/** MODEL_FILE_INVALID. @param rule what the file should be */
export function invalid(place: string, rule: string, received?: string, cause?: unknown): AppError {
  return new AppError(
    "MODEL_FILE_INVALID",
    {
      place,
      rule,
      received,
      remedy: "Take a whole model file, from a source you trust, and check that it is complete",
    },
    { cause },
  );
}
