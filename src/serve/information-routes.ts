// The routes that only tell: the model, versions, health, metrics, and the API's own description.
import type { FastifyInstance } from "fastify";
import type { ServerMetrics } from "./metrics.js";
import type { ModelFacts } from "./model-facts.js";
import { openApiDocument } from "./openapi/document.js";
import type { ServerOptions } from "./server-options.js";

export interface InformationParts {
  readonly facts: ModelFacts;
  readonly metrics: ServerMetrics;
  readonly options: ServerOptions;
  readonly version: string;
}

export function addInformationRoutes(app: FastifyInstance, parts: InformationParts): void {
  const { facts, metrics, options, version } = parts;
  const document = openApiDocument(version, options);
  app.get("/v1/model", async () => {
    const { summary, hasContract, contract, threshold, intendedUse } = facts;
    return { ...summary, hasContract, threshold, intendedUse, contract };
  });
  app.get("/v1/version", async () => ({ name: "pneumoscope", version, api: "v1", node: process.version }));
  app.get("/health/live", async () => ({ status: "live" }));
  // While it stops, a request to any route is answered 503 before it comes here.
  app.get("/health/ready", async () => ({ status: "ready" }));
  app.get("/health", async () => ({ status: "ready" }));
  app.get("/metrics", async (_request, reply) => {
    reply.type(metrics.contentType).header("cache-control", "no-store");
    return await metrics.text();
  });
  app.get("/openapi.json", async () => document);
}
