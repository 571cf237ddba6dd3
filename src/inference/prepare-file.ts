// One file that the user named, decoded for a model, with what speaks against using its score. A file that cannot be
// read is a result too: it never ends the work.

import { reasonOf } from "../cli/left-out.js";
import { AppError, messageOf } from "../core/errors.js";
import type { GrayImage } from "../images/gray-image.js";
import type { ImageWarning } from "../images/image-warning.js";
import { checkScope, type ScopeCheck, scopeView } from "../images/out-of-scope/check-scope.js";
import { readRadiograph } from "../images/read-radiograph.js";
import { resize } from "../images/resize.js";
import type { ModelContract } from "../model/model-contract.js";
import type { FoundFile } from "./image-inputs.js";

/** What is told beside a score. */
export interface Remarks {
  /** What a DICOM file says of itself. */
  readonly warnings: readonly ImageWarning[];
  /** Whether the image looks like an upright frontal chest radiograph; it is scored all the same. */
  readonly scope: ScopeCheck;
}

export interface DecodedFile<Kept> extends Remarks {
  readonly kind: "decoded";
  readonly name: string;
  /** As the model reads it, [size, size]. */
  readonly pixels: Uint8Array;
  readonly kept: Kept;
}

/** A file without a score, as a row. */
export interface SkippedFile {
  readonly kind: "skipped";
  readonly name: string;
  readonly error: AppError;
  /** The error's message without the path in front. */
  readonly reason: string;
}

/**
 * Undefined for a file that was named before.
 * @param keep what of the whole image is wanted later; the rest of it is let go
 */
export async function decodeFound<Kept>(
  file: FoundFile,
  { imageSize, interpolation }: ModelContract,
  keep: (image: GrayImage) => Kept,
): Promise<DecodedFile<Kept> | SkippedFile | undefined> {
  if (file.kind === "repeated") return undefined;
  const { name, path } = file;
  if (file.kind === "unreadable") return skipped(name, path, file.error);
  try {
    const { image, warnings } = await readRadiograph(path);
    const resized = resize(image, imageSize, imageSize, interpolation);
    const scope = checkScope(scopeView(image, resized, interpolation));
    return { kind: "decoded", name, pixels: resized.data, warnings, scope, kept: keep(image) };
  } catch (thrown) {
    if (thrown instanceof AppError) return skipped(name, path, thrown);
    const message = `${path}: cannot be decoded: ${messageOf(thrown)}. Replace the file.`;
    return skipped(name, path, new AppError("IMAGE_UNREADABLE", message, { cause: thrown }));
  }
}

function skipped(name: string, path: string, error: AppError): SkippedFile {
  return { kind: "skipped", name, error, reason: reasonOf(error, path) };
}
