// A backbone's file, opened: the part of it that computes the features, with all its values, and what is known of it before
// an image goes through.
import { createHash } from "node:crypto";
import { AppError } from "../../core/errors.js";
import { readFileBytes } from "../../interchange/file-bytes.js";
import { type CutGraph, cutAt } from "../../interchange/onnx/cut-graph.js";
import { withExternalValues } from "../../interchange/onnx/external-values.js";
import { readForeignOnnx } from "../../interchange/onnx/foreign-onnx.js";
import { maxOnnxBytes } from "../../interchange/onnx/read-onnx-contract.js";

export interface Backbone {
  readonly file: string;
  readonly graph: CutGraph;
  /** Of the file, and of the values beside it that the features need; hexadecimal. */
  readonly sha256: string;
  /** Side of the images that it takes; null where it is open. */
  readonly imageSize: number | null;
}

/**
 * @param features a value's or a node's name; "auto" for the file's only output
 * @throws AppError FILE_MISSING, FILE_UNREADABLE, MODEL_FILE_INVALID; OPTION_INVALID, MODEL_INVALID as `cutAt`
 */
export async function openBackbone(file: string, features: string): Promise<Backbone> {
  const bytes = await readFileBytes(file, maxOnnxBytes);
  const cut = cutAt(readForeignOnnx(bytes, file), features === "auto" ? null : features, file);
  const graph = await withExternalValues(cut, file);
  const sha256 = createHash("sha256").update(bytes);
  for (const [name, { external }] of cut.constants) {
    if (external !== null) sha256.update(graph.constants.get(name)?.bytes ?? "");
  }
  return { file, graph, sha256: sha256.digest("hex"), imageSize: graph.input.sizes[2] || null };
}

/** @throws AppError OPTION_INVALID where the file takes images of another size only */
export function requireImageSize({ file, imageSize }: Backbone, wanted: number): void {
  if (imageSize === null || imageSize === wanted) return;
  throw new AppError("OPTION_INVALID", {
    place: "imageSize",
    rule: `should be that of the images which ${file} takes, ${imageSize}`,
    received: String(wanted),
    remedy: "Omit it, or export the backbone with its sizes open",
  });
}
