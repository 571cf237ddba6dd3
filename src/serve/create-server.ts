// The whole HTTP server as one object that listens to nothing yet: routes, lock, bounds, headers, errors, what is counted
// and told. Prints nothing; requests and faults are events.
import { createHash, randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { AppError } from "../core/errors.js";
import { ShiftWatch } from "../evaluation/shift/shift-watch.js";
import { addErrorAnswers, sendProblem } from "./answer-errors.js";
import type { AuditLog } from "./audit-log.js";
import { boundedServer } from "./connections/bounded-server.js";
import { clientOf } from "./connections/client-of.js";
import { ConnectionKeeper } from "./connections/connection-keeper.js";
import { Downloads, largeBytes } from "./connections/downloads.js";
import { HeldBytes } from "./connections/held-bytes.js";
import { RefusalDamper } from "./connections/refusal-damper.js";
import { addInformationRoutes } from "./information-routes.js";
import { readTlsPair, type TlsFiles } from "./lock/tls-files.js";
import type { TokenLock } from "./lock/token-lock.js";
import { ServerMetrics } from "./metrics.js";
import { modelFacts } from "./model-facts.js";
import { addModelFileRoute, type ModelFile } from "./model-file.js";
import { addPage, type PageParts } from "./page.js";
import { addPredictRoute } from "./predict-route.js";
import { problemOf, toAppError } from "./problem.js";
import { reloadFiles } from "./reload-files.js";
import { checkOrigin } from "./request-guard.js";
import { recordOf } from "./request-record.js";
import { securityHeaders } from "./security-headers.js";
import type { DecodeRadiograph, ServedModel } from "./served-model.js";
import { setControls } from "./server-controls.js";
import { type ServerOptions, serverOptions } from "./server-options.js";
import { Backlog } from "./work/backlog.js";
import { InferenceService } from "./work/inference-service.js";

export interface ServerParts extends PageParts {
  readonly model: ServedModel;
  readonly modelFile: ModelFile;
  readonly decodeRadiograph: DecodeRadiograph;
  /** The product's version. */
  readonly version: string;
  /** Whose tokens are asked for; without it whoever reaches the server may ask. */
  readonly lock?: TokenLock | undefined;
  readonly audit?: AuditLog | undefined;
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
  /** 499 when the client left before its answer was sent. */
  readonly status: number;
  readonly elapsedMs: number;
}

/** Not HTTP's own, but known from other servers: nobody got an answer. */
const clientLeft = 499;
const sweepMs = 1000;
/** How long a client may leave an answer unread. */
const unreadMs = 10_000;
/** Images that are compared with those that the threshold was set on: the last ones. */
const shiftWindow = 200;
const now = () => performance.now();

/** @throws AppError OPTION_INVALID, TLS_FILE_INVALID */
export async function createServer(
  parts: ServerParts,
  given: Partial<ServerOptions> = {},
  tls?: TlsFiles,
): Promise<FastifyInstance> {
  const options = serverOptions(given);
  const state = new ServerState(options);
  const pair = tls === undefined ? undefined : readTlsPair(tls);
  const servers: Server[] = [];
  const app = fastify({
    genReqId: requestIds(),
    requestIdHeader: false,
    return503OnClosing: false, // told by our own hook, as a problem
    forceCloseConnections: "idle",
    bodyLimit: options.maxBodyBytes,
    serverFactory: (handler) => {
      const server = boundedServer(handler, options, state.keeper, pair);
      servers.push(server);
      return server;
    },
    clientErrorHandler: () => undefined, // the bounded server's own answers it
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    frameworkErrors: (error, request, reply) => {
      const bare: FastifyReply = reply;
      bare.headers({ ...securityHeaders, "x-request-id": request.id });
      sendProblem(bare, problemOf(toAppError(error), request.id));
    },
  });
  await app.register((routes) => addRoutes(routes, parts, options, state));
  setControls(app.server, {
    isLocked: parts.lock !== undefined,
    isEncrypted: tls !== undefined,
    reload: () => reloadFiles({ ...parts, tls }, servers),
    endWork: () => state.end(),
    disconnect: () => state.keeper.destroyAll(),
  });
  return app;
}

/** The server's hooks, errors and routes as a plugin; nothing outside it is touched, and connections are the application's. */
export function serverRoutes(parts: ServerParts, options: ServerOptions): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    const state = new ServerState(options);
    await addRoutes(app, parts, options, state);
    setControls(app.server, {
      isLocked: parts.lock !== undefined,
      isEncrypted: false,
      reload: () => reloadFiles(parts, []),
      endWork: () => state.end(),
      disconnect: () => app.server.closeAllConnections(),
    });
  };
}

/** What is counted and bounded over all of the server's requests. */
class ServerState {
  readonly keeper: ConnectionKeeper;
  readonly held: HeldBytes;
  readonly downloads = new Downloads();
  readonly damper = new RefusalDamper();
  readonly backlog: Backlog;
  readonly metrics: ServerMetrics;
  /** Set once the routes are there. */
  service: InferenceService | undefined;
  isStopping = false;
  readonly #ending = new AbortController();

  constructor(options: ServerOptions) {
    setMaxListeners(0, this.#ending.signal); // every request that runs listens
    const countDrop = (reason: string) => this.metrics.countDrop(reason);
    this.keeper = new ConnectionKeeper({ ...options, unreadMs }, countDrop, now);
    this.held = new HeldBytes(options, countDrop, now);
    this.backlog = new Backlog(options.maxQueue, now, () => countDrop("queue-gave-way"));
    const sources = {
      waitingImages: () => this.backlog.images,
      heldBytes: () => this.held.bytes,
      connections: () => this.keeper.count,
      isReady: () => this.service?.stalled === undefined,
    };
    this.metrics = new ServerMetrics(sources, now);
  }

  /** Aborts when what runs is to be ended. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  end(): void {
    this.#ending.abort(stopping("is stopping and could not finish this request in time"));
  }

  sweep(): void {
    this.keeper.sweep();
    this.held.sweep();
    this.damper.sweep();
  }
}

const stopping = (rule: string) =>
  new AppError("SERVER_STOPPING", { place: "the server", rule, remedy: "Try again later" });

async function addRoutes(
  app: FastifyInstance,
  parts: ServerParts,
  options: ServerOptions,
  state: ServerState,
): Promise<void> {
  const { keeper, held, backlog, metrics, ending } = state;
  // What a busy process has not read yet must not look like silence: first what has come is read, then it is swept.
  const timer = setInterval(() => setImmediate(() => state.sweep()), sweepMs).unref();
  app.addHook("preClose", async () => {
    state.isStopping = true;
  });
  app.addHook("onClose", async () => {
    clearInterval(timer);
    parts.audit?.close();
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({ ...securityHeaders, "x-request-id": request.id });
    tellWhenOver(request, reply, parts, metrics);
    checkOrigin(request.headers, options.allowedHosts);
    if (state.isStopping) {
      reply.header("connection", "close");
      throw stopping("is stopping and takes no new requests");
    }
    if (parts.lock === undefined || request.routeOptions.config.isOpen === true) return;
    reply.header("cache-control", "no-store"); // a browser keeps nothing of what it needs a token for
    recordOf(request.raw).client = clientOf(request.raw, parts.lock.nameOf(request.headers.authorization));
  });
  app.addHook("onSend", async (request, reply, payload) => {
    if (Number(reply.getHeader("content-length") ?? 0) < largeBytes || request.method === "HEAD") return payload;
    try {
      reply.raw.once("close", state.downloads.begin(recordOf(request.raw).client.key));
      return payload;
    } catch (thrown) {
      (payload as { destroy?: () => void }).destroy?.();
      for (const name of ["content-length", "etag", "last-modified"]) reply.removeHeader(name);
      throw thrown;
    }
  });
  addErrorAnswers(app, parts, state.damper);

  const facts = modelFacts(parts.model, parts.modelFile.sha256);
  const onBatch = (images: number, elapsedMs: number) => metrics.countBatch(images, elapsedMs);
  const { reference } = parts.model.contract;
  const watch = reference === undefined ? undefined : new ShiftWatch(reference, shiftWindow);
  if (watch !== undefined) metrics.tellShift(watch);
  const service = new InferenceService({ ...parts, onBatch, watch }, options, now);
  state.service = service;
  const isLocked = parts.lock !== undefined;
  addPredictRoute(app, { facts, service, backlog, held, keeper, metrics, options, ending });
  const stalled = () => service.stalled;
  addInformationRoutes(app, { facts, metrics, options, version: parts.version, isLocked, stalled });
  addModelFileRoute(app, parts.modelFile);
  await addPage(app, parts);
}

/** Counts, logs and tells of the request once: when its answer is sent, or its client is gone. */
function tellWhenOver(
  request: FastifyRequest,
  reply: FastifyReply,
  { audit, onRequest }: ServerParts,
  metrics: ServerMetrics,
): void {
  const start = now();
  const { id, method } = request;
  let isSent = false;
  reply.raw.once("finish", () => {
    isSent = true;
  });
  reply.raw.once("close", () => {
    const route = request.routeOptions.url ?? "unknown";
    const [status, elapsedMs] = [isSent ? reply.statusCode : clientLeft, now() - start];
    metrics.countRequest(method, route, status, elapsedMs);
    onRequest?.({ id, method, route, status, elapsedMs });
    const { client, images, codes } = recordOf(request.raw);
    const time = new Date().toISOString();
    const entry = { time, id, client: client.shown, method, route, images, codes };
    audit?.write({ ...entry, status: isSent ? status : null, elapsedMs: Math.round(elapsedMs) });
  });
}

function requestIds() {
  const salt = randomBytes(16);
  return ({ headers }: { readonly headers: IncomingMessage["headers"] }) => {
    const own = headers["x-request-id"];
    if (typeof own !== "string") return randomBytes(8).toString("hex");
    return createHash("sha256").update(salt).update(own).digest("hex").slice(0, 16);
  };
}

/** No route has a schema for the framework; naming no compilers would load ajv, a third of the time to start. */
function noSchemas(): never {
  throw new Error("routes have no schemas of the framework");
}
