// Node's HTTP server with every bound that it has switched on, and those that it lacks from ConnectionKeeper. With TLS
// where a certificate is given. The framework asks for one server for each address that a host name stands for.
import http, { type IncomingMessage, type Server, type ServerResponse } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { TlsPair } from "../lock/tls-files.js";
import type { ServerOptions } from "../server-options.js";
import { brokenRequestText } from "./broken-request.js";
import type { ConnectionKeeper } from "./connection-keeper.js";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export function boundedServer(
  handler: Handler,
  options: ServerOptions,
  keeper: ConnectionKeeper,
  tls: TlsPair | undefined,
): Server {
  const bounds = {
    headersTimeout: Math.min(options.headersTimeoutMs, options.receiveTimeoutMs),
    requestTimeout: options.receiveTimeoutMs,
    keepAliveTimeout: options.keepAliveMs,
    connectionsCheckingInterval: 1000,
  };
  const admitted: Handler = (request, response) => {
    if (keeper.admit(request, response)) handler(request, response);
  };
  // To the framework a server with TLS is a server: it uses what both have.
  const server =
    tls === undefined
      ? http.createServer(bounds, admitted)
      : (https.createServer(
          { ...bounds, ...tls, minVersion: "TLSv1.2", handshakeTimeout: options.headersTimeoutMs },
          admitted,
        ) as unknown as Server);
  server.setTimeout(options.workTimeoutMs + options.receiveTimeoutMs); // a client that does not read its answer
  keeper.watch(server);
  server.on("clientError", (thrown: Error & { readonly code?: string }, stream) => {
    const socket = stream as Socket;
    if (thrown.code === "ECONNRESET" || !socket.writable) socket.destroy();
    else keeper.end(socket, brokenRequestText(thrown.code));
  });
  return server;
}
