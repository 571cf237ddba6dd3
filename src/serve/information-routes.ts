// The routes that only tell: the model, versions, health, metrics, and the API's own description. What does not change is
// made once.
import type { FastifyInstance } from "fastify";
import { AppError } from "../core/errors.js";
import type { ServerMetrics } from "./metrics.js";
import type { ModelFacts } from "./model-facts.js";
import { isOpen } from "./open-routes.js";
import { openApiDocument } from "./openapi/document.js";
import type { ServerOptions } from "./server-options.js";
import type { Stage } from "./work/inference-service.js";

export interface InformationParts {
  readonly facts: ModelFacts;
  readonly metrics: ServerMetrics;
  readonly options: ServerOptions;
  readonly version: string;
  /** Whether tokens are asked for. */
  readonly isLocked: boolean;
  /** The part of the work that makes no progress. */
  readonly stalled: () => Stage | undefined;
}

export function addInformationRoutes(app: FastifyInstance, parts: InformationParts): void {
  const { facts, metrics, options, version, isLocked } = parts;
  const { summary, hasContract, contract, threshold, intendedUse } = facts;
  addConstant(app, "/v1/model", { ...summary, hasContract, threshold, intendedUse, contract });
  addConstant(app, "/v1/version", { name: "pneumoscope", version, api: "v1", node: process.version });
  addConstant(app, "/openapi.json", openApiDocument(version, options, isLocked));
  app.get("/health/live", { config: isOpen }, async () => ({ status: "live" }));
  // While it stops, a request to any route is answered 503 before it comes here.
  for (const path of ["/health/ready", "/health"]) {
    app.get(path, async (_request, reply) => {
      reply.header("cache-control", "no-store");
      const stage = parts.stalled();
      if (stage === undefined) return { status: "ready" };
      throw stalled(stage, options.stallMs);
    });
  }
  app.get("/metrics", async (_request, reply) => {
    reply.type(metrics.contentType).header("cache-control", "no-store");
    return await metrics.text();
  });
}

function addConstant(app: FastifyInstance, path: string, answer: object): void {
  const body = Buffer.from(JSON.stringify(answer));
  app.get(path, async (_request, reply) => reply.type("application/json; charset=utf-8").send(body));
}

function stalled(stage: Stage, stallMs: number): AppError {
  const rule = `must end something every ${stallMs / 1000} s while there is something to do`;
  const remedy = "If it stays so, start the server again";
  return new AppError("SERVER_STALLED", { place: stage, rule, received: "none of it", remedy });
}
