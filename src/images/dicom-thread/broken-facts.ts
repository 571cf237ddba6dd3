// What is said of a file that breaks the decoder or its thread.
import type { ErrorFacts } from "../../core/errors.js";

export const brokenFacts = (name: string): ErrorFacts => ({
  place: name,
  rule: "must be a DICOM image that can be decoded",
  received: "one that breaks the decoder",
  remedy: "Export it again, uncompressed",
});
