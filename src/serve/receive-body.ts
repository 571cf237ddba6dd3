// A request's body in memory: bounded for the request, for its client and over all requests, whatever length it declares
// and in whatever pieces it comes.
import type { IncomingMessage } from "node:http";
import { AppError } from "../core/errors.js";
import type { HeldBytes } from "./connections/held-bytes.js";

export interface ReceivedBody {
  readonly bytes: Buffer;
  /** To be called when the bytes are no longer needed. */
  readonly release: () => void;
}

export interface ReceiveOptions {
  readonly maxBytes: number;
  readonly held: HeldBytes;
  /** To whom the bytes are counted. */
  readonly client: string;
  /** Closes the connection of a client whose body costs far more than its bytes. */
  readonly abandon: () => void;
}

/** No client sends a radiograph in pieces like these, and each costs as much as one of 64 KiB. */
const tinyBytes = 64;
const mostTinyChunks = 1000;

/**
 * Reads to the end. A refused body is read on for a moment by Node's HTTP server, so that the client sees the answer.
 * @throws AppError REQUEST_TOO_LARGE, REQUEST_TOO_SLOW, REQUEST_INVALID when the client leaves before the end, SERVER_BUSY
 */
export async function receiveBody(
  request: IncomingMessage,
  { maxBytes, held, client, abandon }: ReceiveOptions,
): Promise<ReceivedBody> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes, `${declared}`);
  return await new Promise((resolve, reject) => {
    const collected = new CollectedBytes();
    let tinyChunks = 0;
    const fail = (error: unknown) => {
      settle();
      upload.release();
      reject(error);
    };
    const upload = held.open(client, fail);
    const onData = (chunk: Buffer) => {
      if (chunk.length < tinyBytes && ++tinyChunks > mostTinyChunks) {
        abandon(); // its closing is told below
        return;
      }
      try {
        if (collected.length + chunk.length > maxBytes) throw tooLarge(maxBytes, "more");
        upload.take(chunk.length);
        collected.add(chunk);
      } catch (thrown) {
        fail(thrown);
        request.resume();
      }
    };
    const onEnd = () => {
      settle();
      upload.arrived();
      resolve({ bytes: collected.bytes(), release: upload.release });
    };
    const onClose = () => {
      const rule = "a body must be sent whole";
      const facts = { place: "request", rule, received: `${collected.length} bytes`, remedy: "Send it again" };
      fail(new AppError("REQUEST_INVALID", facts));
    };
    const settle = () => {
      request.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
      request.on("error", () => undefined); // what happens to a connection after this is told by its closing
    };
    request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
  });
}

/** A body in chunks of one byte would take a hundred times its size: an object for each. */
const smallChunk = 4096;
const blockBytes = 64 * 1024;

/** Chunks one after another, small ones copied together. */
class CollectedBytes {
  readonly #whole: Buffer[] = [];
  #block = Buffer.alloc(0);
  #filled = 0;
  length = 0;

  add(chunk: Buffer): void {
    this.length += chunk.length;
    if (chunk.length >= smallChunk) {
      this.#close();
      this.#whole.push(chunk);
      return;
    }
    if (this.#filled + chunk.length > this.#block.length) {
      this.#close();
      this.#block = Buffer.allocUnsafeSlow(Math.min(blockBytes, Math.max(smallChunk, this.length)));
    }
    this.#filled += chunk.copy(this.#block, this.#filled);
  }

  bytes(): Buffer {
    this.#close();
    const [first] = this.#whole;
    return this.#whole.length === 1 && first !== undefined ? first : Buffer.concat(this.#whole);
  }

  /** What is filled of the block is whole; the rest of it is filled next. */
  #close(): void {
    if (this.#filled === 0) return;
    this.#whole.push(this.#block.subarray(0, this.#filled));
    this.#block = this.#block.subarray(this.#filled);
    this.#filled = 0;
  }
}

function tooLarge(maxBytes: number, received: string): AppError {
  return new AppError("REQUEST_TOO_LARGE", {
    place: "request",
    rule: `may have ${maxBytes} bytes at most`,
    received,
    remedy: "Send fewer images in one request",
  });
}
