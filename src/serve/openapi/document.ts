// The API's OpenAPI 3.1 document, written by hand: multipart bodies and bounds are clearer than what frameworks derive.
// Tests hold it against the routes and against real answers.

import { researchUse } from "../../core/research-use.js";
import { heatMapClasses } from "../../explain/heat-map-class.js";
import { heatMapForms } from "../heat-map.js";
import type { ServerOptions } from "../server-options.js";
import { imageTypes, multipartType } from "../uploads.js";
import { schemas } from "./schemas.js";

type Part = Readonly<Record<string, unknown>>;

const json = (name: keyof typeof schemas) => ({
  "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
});

const answer = (description: string, content: Part): Part => ({ description, content });
const problem = (description: string, headers?: Part): Part => ({
  description,
  ...(headers && { headers }),
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

/** Answers that every route can give. */
const everywhere = {
  400: problem("The request cannot be understood"),
  401: problem("The server asks for a token, and the request has none of its own", {
    "WWW-Authenticate": { description: "Bearer", schema: { type: "string" } },
  }),
  403: problem("The request names another host or comes from another site's page"),
  408: problem("The request did not arrive in time"),
  500: problem("The server or the model failed"),
  503: problem("The server is stopping, makes no progress, or took too long"),
} as const;

const get = (operationId: string, summary: string, ok: Part, more: Part = {}): Part => ({
  get: { operationId, summary, responses: { 200: ok, ...everywhere }, ...more },
});

/** For routes that need no token. */
const open = { security: [] };

const html = { "text/html": { schema: { type: "string" } } } as const;
const getDocument = (operationId: string, summary: string): Part => ({
  get: { operationId, summary, responses: { 200: answer("HTML", html), 404: problem("There is none"), ...everywhere } },
});

/** @param isLocked whether the server asks for tokens */
export function openApiDocument(version: string, options: ServerOptions, isLocked: boolean): Part {
  return {
    openapi: "3.1.0",
    info: {
      title: "Pneumoscope",
      version,
      summary: "Scores chest X-rays with a trained model",
      description: `${researchUse} Images and scores are never stored, by client or server. Errors are problem+json with the codes of docs/errors.md.`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: {
      "/v1/predict": { post: predictOperation(options) },
      "/v1/model": get("getModel", "The served model and its contract", answer("The model", json("Model"))),
      "/v1/version": get("getVersion", "Versions", answer("The versions", json("Version"))),
      "/health": get("getHealth", "As /health/ready", answer("Ready", json("Health"))),
      "/health/live": get("getLive", "Whether the process runs", answer("It runs", json("Health")), open),
      "/health/ready": get("getReady", "Whether requests are taken and worked on", answer("They are", json("Health"))),
      "/metrics": get(
        "getMetrics",
        "Prometheus metrics",
        answer("Metrics", { "text/plain": { schema: { type: "string" } } }),
      ),
      "/openapi.json": get(
        "getOpenApi",
        "This document",
        answer("OpenAPI 3.1", { "application/json": { schema: { type: "object" } } }),
      ),
      "/model.onnx": get(
        "getModelFile",
        "The model, for ONNX Runtime; with an entity tag",
        answer("An ONNX file", { "application/octet-stream": { schema: {} } }),
      ),
      "/": get("getPage", "The page that reads images in the browser", answer("HTML", html), open),
      "/page.json": get(
        "getPageSettings",
        "What the page shows",
        answer("Addresses", { "application/json": { schema: { type: "object" } } }),
      ),
      "/report.html": getDocument("getReport", "The report of the served run"),
      "/comparison.html": getDocument("getComparison", "The comparison that was named at the start"),
    },
    security: isLocked ? [{ token: [] }] : [],
    components: {
      schemas,
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description:
            "Asked for by a server that was started with a file of tokens, on all routes but those that say so.",
        },
      },
    },
  };
}

function predictOperation({ maxFiles, maxBodyBytes, maxQueue }: ServerOptions): Part {
  const binary = { schema: {} };
  return {
    operationId: "predict",
    summary: "Score one or many chest X-rays",
    description: `At most ${maxFiles} files and ${maxBodyBytes} bytes. An image that cannot be read is an entry with an error; the others are scored. What an image is, is told by its content.`,
    parameters: [
      {
        name: "heatmap",
        in: "query",
        description: "Add where the model looked, as numbers or as a PNG",
        schema: { enum: heatMapForms, default: "none" },
      },
      {
        name: "class",
        in: "query",
        description: "The class that a heat map is for; called: the one that the score and the threshold give",
        schema: { enum: heatMapClasses, default: "pneumonia" },
      },
      {
        name: "X-Request-Id",
        in: "header",
        description: "The answer and the log carry a hash of it",
        schema: { type: "string" },
      },
    ],
    requestBody: {
      required: true,
      content: {
        [multipartType]: {
          schema: {
            type: "object",
            description: "Any field names; every part with a file name is an image.",
            additionalProperties: { type: "array", items: {} },
          },
        },
        ...Object.fromEntries(imageTypes.map((type) => [type, binary])),
      },
    },
    responses: {
      200: answer("One result per image, in order; at least one is scored", json("Predictions")),
      413: problem("Too many bytes or files"),
      415: problem("Another Content-Type"),
      422: problem("No image could be read"),
      429: problem(`More than ${maxQueue} images would wait`, {
        "Retry-After": { description: "Seconds", schema: { type: "integer", minimum: 1 } },
      }),
      ...everywhere,
    },
  };
}
