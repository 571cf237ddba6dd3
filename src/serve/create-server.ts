// The whole HTTP server as one object that listens to nothing yet: routes, bounds, headers, errors, what is counted and
// told. Prints nothing; requests and faults are events.
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type FastifyInstance, type FastifyReply, fastify } from "fastify";
import { AppError } from "../core/errors.js";
import { Backlog, HeldBytes, ServerBusyError } from "./backlog.js";
import { InferenceService } from "./inference-service.js";
import { addInformationRoutes } from "./information-routes.js";
import { ServerMetrics } from "./metrics.js";
import { modelFacts } from "./model-facts.js";
import { addModelFileRoute, type ModelFile } from "./model-file.js";
import { addPage, type PageParts } from "./page.js";
import { addPredictRoute } from "./predict-route.js";
import { type Problem, problemOf, problemType, toAppError } from "./problem.js";
import { checkOrigin } from "./request-guard.js";
import { securityHeaders } from "./security-headers.js";
import type { DecodeRadiograph, ServedModel } from "./served-model.js";
import { type ServerOptions, serverOptions } from "./server-options.js";

export interface ServerParts extends PageParts {
  readonly model: ServedModel;
  readonly modelFile: ModelFile;
  readonly decodeRadiograph: DecodeRadiograph;
  /** The product's version. */
  readonly version: string;
  readonly onRequest?: ((request: AnsweredRequest) => void) | undefined;
  /** Errors that should not happen. Their messages may hold a file's name: log where they come from, not what they say. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/** What may be logged of a request: nothing that a client sent but the method. */
export interface AnsweredRequest {
  /** Random, or a salted hash of the client's own X-Request-Id; the answer carries it in that header. */
  readonly id: string;
  readonly method: string;
  /** The route's pattern; "unknown" for other paths. */
  readonly route: string;
  readonly status: number;
  readonly elapsedMs: number;
}

/** @throws AppError OPTION_INVALID */
export async function createServer(parts: ServerParts, given: Partial<ServerOptions> = {}): Promise<FastifyInstance> {
  const options = serverOptions(given);
  const app = bareServer(options);
  await app.register(serverRoutes(parts, options));
  return app;
}

/** The server's hooks, errors and routes as a plugin; nothing outside it is touched. */
export function serverRoutes(parts: ServerParts, options: ServerOptions): (app: FastifyInstance) => Promise<void> {
  return (app) => addRoutes(app, parts, options);
}

async function addRoutes(app: FastifyInstance, parts: ServerParts, options: ServerOptions): Promise<void> {
  const backlog = new Backlog(options.maxQueue, () => performance.now());
  const held = new HeldBytes(options.maxHeldBytes);
  const metrics = new ServerMetrics({ waitingImages: () => backlog.images, heldBytes: () => held.bytes });
  const state = { isStopping: false };
  app.addHook("preClose", async () => {
    state.isStopping = true;
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({ ...securityHeaders, "x-request-id": request.id });
    checkOrigin(request.headers, options.allowedHosts);
    if (!state.isStopping) return;
    reply.header("connection", "close");
    const rule = "is stopping and takes no new requests";
    throw new AppError("SERVER_STOPPING", { place: "the server", rule, remedy: "Try again later" });
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    const route = request.routeOptions.url ?? "unknown";
    const [status, elapsedMs] = [reply.statusCode, reply.elapsedTime];
    metrics.countRequest(method, route, status, elapsedMs);
    parts.onRequest?.({ id: request.id, method, route, status, elapsedMs });
  });
  addErrorAnswers(app, parts);

  const facts = modelFacts(parts.model, parts.modelFile.sha256);
  const onBatch = (images: number, elapsedMs: number) => metrics.countBatch(images, elapsedMs);
  const service = new InferenceService({ ...parts, onBatch }, options);
  addPredictRoute(app, { facts, service, backlog, held, metrics, options });
  addInformationRoutes(app, { facts, metrics, options, version: parts.version });
  addModelFileRoute(app, parts.modelFile);
  await addPage(app, parts);
}

function bareServer(options: ServerOptions): FastifyInstance {
  const salt = randomBytes(16);
  const requestId = ({ headers }: { readonly headers: IncomingMessage["headers"] }) => {
    const own = headers["x-request-id"];
    if (typeof own !== "string") return randomBytes(8).toString("hex");
    return createHash("sha256").update(salt).update(own).digest("hex").slice(0, 16);
  };
  const app = fastify({
    genReqId: requestId,
    requestIdHeader: false,
    return503OnClosing: false, // told by our own hook, as a problem
    forceCloseConnections: "idle",
    keepAliveTimeout: options.keepAliveMs,
    requestTimeout: options.receiveTimeoutMs,
    connectionTimeout: options.workTimeoutMs + options.receiveTimeoutMs, // a client that does not read its answer
    bodyLimit: options.maxBodyBytes,
    http: { headersTimeout: options.headersTimeoutMs, connectionsCheckingInterval: 1000 },
    clientErrorHandler: answerBrokenRequest,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    frameworkErrors: (error, request, reply) => {
      const bare: FastifyReply = reply;
      bare.headers({ ...securityHeaders, "x-request-id": request.id });
      sendProblem(bare, problemOf(toAppError(error), request.id));
    },
  });
  app.server.maxConnections = options.maxConnections;
  return app;
}

/** No route has a schema for the framework; naming no compilers would load ajv, a third of the time to start. */
function noSchemas(): never {
  throw new Error("routes have no schemas of the framework");
}

function addErrorAnswers(app: FastifyInstance, parts: ServerParts): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toAppError(thrown);
    if (error.code === "SERVER_FAULT") parts.onFault?.(thrown);
    if (error instanceof ServerBusyError) reply.header("retry-after", error.retryAfterSeconds);
    sendProblem(reply, problemOf(error, request.id));
  });
  // The framework's own look-up takes an address for a pattern and fails over "/:(".
  const methodsOf = new Map<string, string[]>();
  app.addHook("onRoute", ({ url, method }) => {
    methodsOf.set(url, [...(methodsOf.get(url) ?? []), ...[method].flat()]);
  });
  app.setNotFoundHandler((request, reply) => {
    const [url = "/"] = request.url.split("?");
    // A route that is there may still have nothing to show.
    const methods = methodsOf.get(url) ?? [];
    const others = methods.includes(request.method) ? [] : methods;
    const rule = "GET /openapi.json lists paths and methods";
    const received = others.length > 0 ? "another method" : "another path";
    const error = new AppError("REQUEST_UNKNOWN", { place: "request", rule, received });
    const problem = problemOf(error, request.id, others.length > 0 ? 405 : 404);
    if (others.length > 0) reply.header("allow", others.join(", "));
    sendProblem(reply, problem);
  });
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply.code(problem.status).type(problemType).header("cache-control", "no-store").send(problem);
}

/** Answers what never became a whole request: no HTTP, headers too long, too slow, ended in the middle. */
function answerBrokenRequest(thrown: Error & { readonly code?: string }, socket: Socket): void {
  if (thrown.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = brokenRequest(thrown.code);
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  const headers = [`content-type: ${problemType}`, `content-length: ${Buffer.byteLength(body)}`, "connection: close"];
  socket.end(`HTTP/1.1 ${problem.status} ${error.code}\r\n${headers.join("\r\n")}\r\n\r\n${body}`);
}

function brokenRequest(code: string | undefined): AppError {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new AppError("REQUEST_TOO_SLOW", {
        place: "request",
        rule: "must arrive in time",
        received: "one that did not",
        remedy: "Send less at once",
      });
    case "HPE_INVALID_EOF_STATE":
      return new AppError("REQUEST_INVALID", {
        place: "request",
        rule: "must be sent whole",
        received: "one that ended in the middle",
        remedy: "Send it again",
      });
    default:
      return new AppError("REQUEST_INVALID", {
        place: "request",
        rule: "must be sound HTTP",
        received: "something else",
        remedy: "Correct it",
      });
  }
}
