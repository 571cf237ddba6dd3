// A public entry: what is exported here is the product's face, and kept.
/**
 * Serving a trained model over HTTP: a whole server, or its routes for a Fastify application of one's own.
 *
 * @module pneumoscope/serve
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { anObject, aPath, checkOptions, type OptionRules } from "./core/check-options.js";
import { AppError } from "./core/errors.js";
import { packageRoot, packageVersion } from "./core/package.js";
import { readRadiograph } from "./images/read-radiograph.js";
import type { Classifier } from "./inference/classifier.js";
import { AuditLog } from "./serve/audit-log.js";
import {
  type AnsweredRequest,
  createServer as assembleServer,
  type ServerParts,
  serverRoutes,
} from "./serve/create-server.js";
import type { TlsFiles } from "./serve/lock/tls-files.js";
import { TokenLock } from "./serve/lock/token-lock.js";
import { type ModelFacts, modelFacts } from "./serve/model-facts.js";
import { modelFileOf } from "./serve/model-file.js";
import { type ServerOptions, serverOptions } from "./serve/server-options.js";

export type { AnsweredRequest } from "./serve/create-server.js";
export { type ListenOptions, listen, reload, stop } from "./serve/listen.js";
export type { TlsFiles } from "./serve/lock/tls-files.js";
export type { ModelFacts } from "./serve/model-facts.js";
export type { Reloaded } from "./serve/server-controls.js";
export type { ServerOptions } from "./serve/server-options.js";

/** Limits of the routes, who may ask, what the page links to, and who is told of requests. */
export interface RouteOptions extends Partial<ServerOptions> {
  /** A run's report.html and a comparison.html that are served, with all that they show, and that the page links to. */
  readonly report?: string | undefined;
  readonly comparison?: string | undefined;
  /** Whether the page is served under "/"; default true. */
  readonly page?: boolean | undefined;
  /**
   * A file of bearer tokens, one a line, with an optional name before it; "#" begins a comment. Without one of them only the
   * page itself, without a model, and /health/live are answered. Read again by `reload`.
   */
  readonly tokenFile?: string | undefined;
  /** A file to which a JSON line is appended for every request: who, when, how many images, result codes; no patient data. */
  readonly auditLog?: string | undefined;
  /** Told of every request when it has been answered, without anything that a client sent but the method. */
  readonly onRequest?: ((request: AnsweredRequest) => void) | undefined;
  /** Told of errors that should not happen. Their messages may hold a file's name: log where they come from. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/** Those of the routes, and encryption. */
export interface ServeOptions extends RouteOptions {
  /** Serves https with this certificate; read again by `reload`. */
  readonly tls?: TlsFiles | undefined;
}

const fileRules: OptionRules<Pick<ServeOptions, "tokenFile" | "auditLog" | "report" | "comparison">> = {
  tokenFile: aPath,
  auditLog: aPath,
  report: aPath,
  comparison: aPath,
};
const tlsRules: OptionRules<TlsFiles> = { certificate: aPath, key: aPath };

/**
 * A server that listens to nothing yet: POST /v1/predict, /openapi.json, /metrics, the model's file and the page.
 * The classifier stays the caller's: dispose of it when the server has stopped.
 * @param classifier opened with `keepsFile`, which the page needs
 *
 * @example
 * await using classifier = await openClassifier("runs/mine", { keepsFile: true });
 * const app = await createServer(classifier);
 * console.log(await listen(app, "127.0.0.1", 8080));
 *
 * @throws AppError OPTION_INVALID for limits that contradict each other, and for a classifier opened without `keepsFile`;
 * TOKEN_FILE_INVALID, TLS_FILE_INVALID, AUDIT_LOG_UNWRITABLE
 */
export async function createServer(classifier: Classifier, options: ServeOptions = {}): Promise<FastifyInstance> {
  checkOptions("tls", { tls: options.tls }, { tls: anObject });
  if (options.tls !== undefined) checkOptions("tls", options.tls, tlsRules, ["certificate", "key"]);
  return assembleServer(partsOf(classifier, options), limitsOf(options), options.tls);
}

/**
 * The server's routes as a plugin for a Fastify application of one's own, whose other routes stay as they are.
 * @param classifier opened with `keepsFile`
 * @param options `page: false` leaves "/" to the application
 *
 * @example
 * await app.register(predictRoutes(classifier, { page: false }), { prefix: "/xray" });
 *
 * @throws AppError as `createServer`
 */
export function predictRoutes(
  classifier: Classifier,
  options: RouteOptions = {},
): (app: FastifyInstance) => Promise<void> {
  return serverRoutes(partsOf(classifier, options), serverOptions(limitsOf(options)));
}

/**
 * What the API says of a served model: names, threshold with what it was measured to do, intended use.
 *
 * @example
 * const { summary, threshold } = describeServed(classifier);
 * console.log(summary.title, threshold.value, threshold.measured?.sensitivity.value);
 *
 * @throws AppError OPTION_INVALID for a classifier opened without `keepsFile`
 */
export function describeServed(classifier: Classifier): ModelFacts {
  const { sha256 } = modelFileOf(fileOf(classifier));
  return modelFacts(classifier, sha256);
}

function partsOf(model: Classifier, options: RouteOptions): ServerParts {
  const { report, comparison, page = true, tokenFile, auditLog, onRequest, onFault } = options;
  checkOptions("server", { report, comparison, tokenFile, auditLog }, fileRules);
  return {
    model,
    modelFile: modelFileOf(fileOf(model)),
    decodeRadiograph: readRadiograph,
    version: packageVersion(),
    page: page ? join(packageRoot(), "dist", "web") : undefined,
    report: report !== undefined && existsSync(report) ? report : undefined,
    comparison,
    lock: tokenFile === undefined ? undefined : new TokenLock(tokenFile),
    audit: auditLog === undefined ? undefined : new AuditLog(auditLog, onFault),
    onRequest,
    onFault,
  };
}

function limitsOf(options: ServeOptions): Partial<ServerOptions> {
  const { report, comparison, page, tokenFile, auditLog, tls, onRequest, onFault, ...limits } = options;
  return limits;
}

function fileOf({ modelFile, file }: Classifier): Uint8Array {
  if (modelFile !== null) return modelFile;
  throw new AppError("OPTION_INVALID", {
    place: file,
    rule: "a server gives its page the model's file",
    received: "a classifier without it",
    remedy: "Open the classifier with keepsFile: true",
  });
}
