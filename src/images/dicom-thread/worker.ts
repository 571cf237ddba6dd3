// The thread in which DICOM files are decoded, one at a time. Its memory and its endless loops are its own: pool.ts ends
// it when a file breaks it or takes too long.
import { parentPort } from "node:worker_threads";
import type { ErrorCode } from "../../core/error-catalogue.js";
import { AppError, type ErrorFacts, factsOf, messageOf } from "../../core/errors.js";
import { WasmCodecs } from "../dicom/codecs/wasm-codecs.js";
import { type DicomImage, decodeDicom } from "../dicom/decode-dicom.js";
import type { ImageLimits } from "../image-limits.js";
import { brokenFacts } from "./broken-facts.js";
import { installedWasm } from "./codec-files.js";

export interface DecodeJob {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly limits: ImageLimits;
}

export type DecodeReply =
  | { readonly kind: "image"; readonly result: DicomImage }
  | {
      readonly kind: "error";
      readonly code: ErrorCode;
      readonly facts: ErrorFacts;
      /** The words of the error underneath. */
      readonly cause?: string;
    };

const codecs = new WasmCodecs(installedWasm);

parentPort?.on("message", async (job: DecodeJob) => {
  const reply = await replyTo(job);
  const moved = reply.kind === "image" ? [reply.result.image.data.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(reply, moved);
});

async function replyTo({ bytes, name, limits }: DecodeJob): Promise<DecodeReply> {
  try {
    return { kind: "image", result: ownBuffer(await decodeDicom(bytes, { codecs, name, limits })) };
  } catch (thrown) {
    if (thrown instanceof AppError) {
      const { code, cause } = thrown;
      return { kind: "error", code, facts: factsOf(thrown), ...(cause !== undefined && { cause: messageOf(cause) }) };
    }
    // Not even the message: it could quote the file.
    return { kind: "error", code: "DICOM_UNREADABLE", facts: brokenFacts(name) };
  }
}

/** Pixels that are a view into the file's bytes would take those with them. */
function ownBuffer(result: DicomImage): DicomImage {
  const { image } = result;
  const isOwn = image.data.byteLength === image.data.buffer.byteLength;
  return isOwn ? result : { ...result, image: { ...image, data: image.data.slice() } };
}
