// The served model as a file for the page, GET /model.onnx: one fixed path, an entity tag from its checksum, so that a
// browser fetches it once.
import { createReadStream } from "node:fs";
import type { FastifyInstance } from "fastify";

export interface ModelFile {
  /** A path, or the bytes themselves where the model was made from another format. */
  readonly content: string | Uint8Array;
  readonly byteLength: number;
  /** Of the content, hexadecimal. */
  readonly sha256: string;
}

export function addModelFileRoute(app: FastifyInstance, file: ModelFile): void {
  const tag = `"${file.sha256}"`;
  app.get("/model.onnx", async (request, reply) => {
    reply.headers({ etag: tag, "cache-control": "no-cache" });
    const known = request.headers["if-none-match"]?.split(",").map((text) => text.trim().replace(/^W\//, ""));
    if (known?.includes(tag) === true || known?.includes("*") === true) return reply.code(304).send();
    reply.type("application/octet-stream").header("content-length", file.byteLength);
    const { content } = file;
    return reply.send(
      typeof content === "string"
        ? createReadStream(content)
        : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
  });
}
