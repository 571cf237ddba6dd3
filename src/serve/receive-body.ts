// A request's body in memory: bounded for the request and over all requests, whatever length the client declares.
import type { IncomingMessage } from "node:http";
import { AppError } from "../core/errors.js";
import type { HeldBytes } from "./backlog.js";

export interface ReceivedBody {
  readonly bytes: Buffer;
  /** To be called when the bytes are no longer needed. */
  readonly release: () => void;
}

/**
 * Reads to the end. A refused body is read on and thrown away by Node's HTTP server, so that the client sees the answer.
 * @throws AppError REQUEST_TOO_LARGE, REQUEST_INVALID when the client leaves before the end, SERVER_BUSY
 */
export async function receiveBody(
  request: IncomingMessage,
  { maxBytes, held }: { readonly maxBytes: number; readonly held: HeldBytes },
): Promise<ReceivedBody> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes, `${declared}`);
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const release = () => {
      held.give(length);
      length = 0;
    };
    const onData = (chunk: Buffer) => {
      try {
        if (length + chunk.length > maxBytes) throw tooLarge(maxBytes, "more");
        held.take(chunk.length);
        length += chunk.length;
        chunks.push(chunk);
      } catch (thrown) {
        settle();
        request.resume();
        release();
        reject(thrown);
      }
    };
    const onEnd = () => {
      settle();
      resolve({ bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks), release });
    };
    const onClose = () => {
      settle();
      release();
      const rule = "a body must be sent whole";
      const facts = { place: "request", rule, received: `${length} bytes`, remedy: "Send it again" };
      reject(new AppError("REQUEST_INVALID", facts));
    };
    const settle = () => {
      request.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
      request.on("error", () => undefined); // what happens to a connection after this is told by its closing
    };
    request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
  });
}

function tooLarge(maxBytes: number, received: string): AppError {
  return new AppError("REQUEST_TOO_LARGE", {
    place: "request",
    rule: `may have ${maxBytes} bytes at most`,
    received,
    remedy: "Send fewer images in one request",
  });
}
