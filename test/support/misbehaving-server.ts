// A local HTTP server for download tests: it serves one file and misbehaves as it is told, request by request.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does with a request; `rest` is the file from the asked-for byte on. */
export type Behaviour = (answer: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: Buffer;
  /** The first byte asked for; 0 without a Range header. */
  readonly from: number;
}) => void;

export interface MisbehavingServer {
  /** Address of the file, on this machine. */
  readonly url: string;
  /** Headers of every request so far. */
  readonly requests: readonly IncomingMessage["headers"][];
  /** What the next requests meet; the last behaviour stays. */
  behave(...behaviours: readonly Behaviour[]): void;
  close(): Promise<void>;
}

/** The entity tag of well-behaved answers. */
export const entityTag = '"first-version"';

/** As a static file server: whole, or from the asked-for byte when the file is still the same. */
export const soundly: Behaviour = ({ request, response, content, from }) => {
  const isRest = from > 0 && (request.headers["if-range"] ?? entityTag) === entityTag;
  const start = isRest ? from : 0;
  if (start >= content.length && start > 0) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    return;
  }
  response.writeHead(isRest ? 206 : 200, {
    etag: entityTag,
    "content-length": content.length - start,
    ...(isRest ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  response.end(content.subarray(start));
};

/**
 * Sends that many bytes of a sound answer and drops the connection once they have arrived: until `arrived` says for
 * the file's length so far that it is all there.
 */
export const cutAfter =
  (bytes: number, arrived: (length: number) => boolean): Behaviour =>
  ({ request, response, content, from }) => {
    const isRest = from > 0 && request.headers["if-range"] === entityTag;
    const start = isRest ? from : 0;
    response.writeHead(isRest ? 206 : 200, {
      etag: entityTag,
      "content-length": content.length - start,
      ...(isRest ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    response.write(content.subarray(start, start + bytes));
    const poll = setInterval(() => {
      if (!arrived(start + bytes)) return;
      clearInterval(poll);
      response.destroy();
    }, 5);
    response.on("close", () => clearInterval(poll));
  };

export async function startMisbehavingServer(content: Buffer): Promise<MisbehavingServer> {
  const requests: IncomingMessage["headers"][] = [];
  let planned: Behaviour[] = [soundly];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    const behaviour = (planned.length > 1 ? planned.shift() : planned[0]) ?? soundly;
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    behaviour({ request, response, content, from });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.h5`,
    requests,
    behave: (...behaviours) => {
      planned = [...behaviours];
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
