// A public entry: what is exported here is the product's face, and kept.
/**
 * Serving a trained model over HTTP: a whole server, or its routes for a Fastify application of one's own.
 *
 * @module pneumoscope/serve
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { AppError } from "./core/errors.js";
import { packageRoot, packageVersion } from "./core/package.js";
import { readRadiograph } from "./images/read-radiograph.js";
import type { Classifier } from "./inference/classifier.js";
import {
  type AnsweredRequest,
  createServer as assembleServer,
  type ServerParts,
  serverRoutes,
} from "./serve/create-server.js";
import { type ModelFacts, modelFacts } from "./serve/model-facts.js";
import { modelFileOf } from "./serve/model-file.js";
import { type ServerOptions, serverOptions } from "./serve/server-options.js";

export type { AnsweredRequest } from "./serve/create-server.js";
export { listen, stop } from "./serve/listen.js";
export type { ModelFacts } from "./serve/model-facts.js";
export type { ServerOptions } from "./serve/server-options.js";

/** Limits of the server, what its page links to, and who is told of requests. */
export interface ServeOptions extends Partial<ServerOptions> {
  /** A run's report.html and a comparison.html that the page links to. */
  readonly report?: string | undefined;
  readonly comparison?: string | undefined;
  /** Whether the page is served under "/"; default true. */
  readonly page?: boolean | undefined;
  /** Told of every request when it has been answered, without anything that a client sent but the method. */
  readonly onRequest?: ((request: AnsweredRequest) => void) | undefined;
  /** Told of errors that should not happen. Their messages may hold a file's name: log where they come from. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

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
 * @throws AppError OPTION_INVALID for limits that contradict each other, and for a classifier opened without `keepsFile`
 */
export async function createServer(classifier: Classifier, options: ServeOptions = {}): Promise<FastifyInstance> {
  return assembleServer(partsOf(classifier, options), limitsOf(options));
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
  options: ServeOptions = {},
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

function partsOf(
  model: Classifier,
  { report, comparison, page = true, onRequest, onFault }: ServeOptions,
): ServerParts {
  return {
    model,
    modelFile: modelFileOf(fileOf(model)),
    decodeRadiograph: readRadiograph,
    version: packageVersion(),
    page: page ? join(packageRoot(), "dist", "web") : undefined,
    report: report !== undefined && existsSync(report) ? report : undefined,
    comparison,
    onRequest,
    onFault,
  };
}

function limitsOf(options: ServeOptions): Partial<ServerOptions> {
  const { report, comparison, page, onRequest, onFault, ...limits } = options;
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
