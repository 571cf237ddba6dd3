// The thread in which files are decoded, one at a time, by their format's portable decoder. Its memory and its endless
// loops are its own: pool.ts ends it when a file breaks it or takes too long. No native code runs here, because a thread
// cannot be ended while it does.
import { parentPort } from "node:worker_threads";
import type { ErrorCode } from "../../core/error-catalogue.js";
import { AppError, type ErrorFacts, factsOf, messageOf } from "../../core/errors.js";
import { imageFormats } from "../formats.js";
import type { ImageLimits } from "../image-limits.js";
import { nodeCodecs } from "../node-codecs.js";
import type { Radiograph } from "../radiograph.js";
import { failuresOf } from "./failures.js";

export interface DecodeJob {
  /** The name of a row of the formats' table. */
  readonly format: string;
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly limits: ImageLimits;
}

export type DecodeReply =
  | { readonly kind: "image"; readonly result: Radiograph }
  | {
      readonly kind: "error";
      readonly code: ErrorCode;
      readonly facts: ErrorFacts;
      /** The words of the error underneath. */
      readonly cause?: string;
    };

parentPort?.on("message", async (job: DecodeJob) => {
  const reply = await replyTo(job);
  const moved = reply.kind === "image" ? [reply.result.image.data.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(reply, moved);
});

async function replyTo({ format, bytes, name, limits }: DecodeJob): Promise<DecodeReply> {
  try {
    const row = imageFormats.find((each) => each.name === format);
    if (row === undefined) throw new Error(`no format is called ${format}`);
    return { kind: "image", result: ownBuffer(await row.decode(bytes, { name, limits, codecs: nodeCodecs })) };
  } catch (thrown) {
    // Of what is no AppError not even the message: it could quote the file.
    const error = thrown instanceof AppError ? thrown : failureOf(thrown, format, name);
    const { code, cause } = error;
    return { kind: "error", code, facts: factsOf(error), ...(cause !== undefined && { cause: messageOf(cause) }) };
  }
}

function failureOf(thrown: unknown, format: string, name: string): AppError {
  const { broken, tooMuch } = failuresOf(format);
  const isMemory = thrown instanceof RangeError && /allocation|memory/.test(thrown.message);
  return isMemory ? tooMuch(name, "one that runs out of memory") : broken(name);
}

/** Pixels that are a view into the file's bytes would take those with them. */
function ownBuffer(result: Radiograph): Radiograph {
  const { image } = result;
  const isOwn = image.data.byteLength === image.data.buffer.byteLength;
  return isOwn ? result : { ...result, image: { ...image, data: image.data.slice() } };
}
