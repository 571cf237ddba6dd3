// The served model as a file for the page, GET /model.onnx: one fixed path, an entity tag from its checksum, so that a
// browser fetches it once. Held in memory, so that the page's model is the server's whatever becomes of the file.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";

export interface ModelFile {
  readonly bytes: Uint8Array;
  /** Of the bytes, hexadecimal. */
  readonly sha256: string;
}

/** @param bytes of a .onnx file */
export function modelFileOf(bytes: Uint8Array): ModelFile {
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

export function addModelFileRoute(app: FastifyInstance, file: ModelFile): void {
  const tag = `"${file.sha256}"`;
  app.get("/model.onnx", async (request, reply) => {
    reply.header("etag", tag);
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-cache"); // kept by no one who needs a token
    const known = request.headers["if-none-match"]?.split(",").map((text) => text.trim().replace(/^W\//, ""));
    if (known?.includes(tag) === true || known?.includes("*") === true) return reply.code(304).send();
    reply.header("content-length", file.bytes.length);
    return reply.type("application/octet-stream").send(Readable.from(pieces(file.bytes), { objectMode: false }));
  });
}

const pieceBytes = 128 * 1024;

/** As fast as the client reads: sent whole, an answer lies in memory a second time while it is encrypted or waits. */
function* pieces({ buffer, byteOffset, byteLength }: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < byteLength; at += pieceBytes) {
    yield Buffer.from(buffer, byteOffset + at, Math.min(pieceBytes, byteLength - at));
  }
}
