// One image that the user named or handed over, decoded and prepared for a model in Node. An image that cannot be read is a
// result too: it never ends the work.
import { AppError, messageOf } from "../core/errors.js";
import type { GrayImage } from "../images/gray-image.js";
import { readRadiograph } from "../images/read-radiograph.js";
import type { ModelContract } from "../model/model-contract.js";
import type { FoundFile } from "./image-inputs.js";
import { type PreparedImage, prepareImage } from "./prepare-image.js";
import type { FailedResult } from "./result.js";

/** An image in memory, under the name that its result bears. */
export interface ImageBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface PreparedFile<Kept> extends PreparedImage {
  readonly kind: "prepared";
  readonly name: string;
  readonly kept: Kept;
}

/**
 * Undefined for a file that was named before.
 * @param keep what of the whole image is wanted later; the rest of it is let go
 */
export async function prepareFile<Kept>(
  file: FoundFile | ImageBytes,
  contract: Pick<ModelContract, "imageSize" | "interpolation">,
  keep: (image: GrayImage) => Kept,
): Promise<PreparedFile<Kept> | FailedResult | undefined> {
  const { name } = file;
  if ("kind" in file && file.kind === "repeated") return undefined;
  if ("kind" in file && file.kind === "unreadable") return { kind: "failed", name, error: file.error };
  try {
    const decoded = await ("bytes" in file ? readRadiograph(file.bytes, { name }) : readRadiograph(file.path));
    return { kind: "prepared", name, ...prepareImage(decoded, contract), kept: keep(decoded.image) };
  } catch (thrown) {
    if (thrown instanceof AppError) return { kind: "failed", name, error: thrown };
    const facts = { place: name, rule: `cannot be decoded: ${messageOf(thrown)}`, remedy: "Replace the file" };
    return { kind: "failed", name, error: new AppError("IMAGE_UNREADABLE", facts, { cause: thrown }) };
  }
}
