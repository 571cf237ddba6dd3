// A local server with one file of weights, slow enough to be killed in the middle, and the model that wants them.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { findModel } from "../../src/model/zoo/registry.js";
import type { ZooEntry } from "../../src/model/zoo/zoo-entry.js";

/** @param md5 as the publisher states it; none when empty */
export const entryAt = (url: string, md5: string): ZooEntry => ({
  ...findModel("mobilenet"),
  pretrained: {
    title: "test",
    url,
    licence: "none",
    checksum: md5 === "" ? null : { algorithm: "md5", hex: md5 },
  },
});

const entityTag = '"only-version"';
const pieceBytes = 32 * 1024;

/** @param pauseMs between two pieces of 32 KiB */
export async function serveSlowly(content: Buffer, pauseMs: number): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const from = asked !== null && request.headers["if-range"] === entityTag ? Number(asked[1]) : 0;
    if (from > 0 && from >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
      return;
    }
    const headers = { etag: entityTag, "content-length": content.length - from };
    if (from === 0) response.writeHead(200, headers);
    else {
      const range = `bytes ${from}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { ...headers, "content-range": range });
    }
    let at = from;
    const timer = setInterval(() => {
      response.write(content.subarray(at, at + pieceBytes));
      at += pieceBytes;
      if (at < content.length) return;
      clearInterval(timer);
      response.end();
    }, pauseMs);
    response.on("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/weights.h5`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
