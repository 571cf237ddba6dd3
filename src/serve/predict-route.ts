// POST /v1/predict: images in, readings out. Refuses what does not fit before the body is read, and once more when it is
// known how many images it holds.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../core/errors.js";
import type { Backlog, HeldBytes } from "./backlog.js";
import { type HeatMapForm, heatMapForms, heatMapJson } from "./heat-map.js";
import type { ServerMetrics } from "./metrics.js";
import type { ModelFacts } from "./model-facts.js";
import { httpStatusOf, type Problem, problemOf, problemType } from "./problem.js";
import type { ImageReading, ReadingService } from "./reading-service.js";
import { receiveBody } from "./receive-body.js";
import type { ServerOptions } from "./server-options.js";
import { imageTypes, multipartType, uploadsOf } from "./uploads.js";

export interface PredictParts {
  readonly facts: ModelFacts;
  readonly service: ReadingService;
  readonly backlog: Backlog;
  readonly held: HeldBytes;
  readonly metrics: ServerMetrics;
  readonly options: ServerOptions;
}

export function addPredictRoute(app: FastifyInstance, parts: PredictParts): void {
  // The body is read by the handler, under the server's own bounds; the framework only checks the type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([multipartType, ...imageTypes], (_request, _payload, done) => done(null));
  app.post("/v1/predict", async (request, reply) => {
    const form = heatMapFormOf(request.query);
    parts.backlog.refuseWhenFull();
    const { options, held } = parts;
    const body = await receiveBody(request.raw, { maxBytes: options.maxBodyBytes, held });
    try {
      const uploads = await uploadsOf(body.bytes, request.headers["content-type"] ?? "", options);
      const leave = parts.backlog.enter(uploads.length);
      try {
        const readings = await whileWanted(reply, options.workTimeoutMs, (signal) =>
          parts.service.read(uploads, signal),
        );
        for (const reading of readings) parts.metrics.countImage(outcomeOf(reading));
        return await answer(readings, form, parts, request, reply);
      } finally {
        leave();
      }
    } finally {
      body.release();
    }
  });
}

/** @throws AppError REQUEST_INVALID */
function heatMapFormOf(query: unknown): HeatMapForm {
  const given = Object.entries((query ?? {}) as Record<string, unknown>);
  const unknown = given.find(([name]) => name !== "heatmap");
  if (unknown !== undefined) throw parameter('the only query parameter is "heatmap"', "another one");
  if (given.length === 0) return "none";
  const found = heatMapForms.find((form) => form === given[0]?.[1]);
  if (found === undefined) throw parameter(`heatmap is one of ${heatMapForms.join(", ")}`, "another value");
  return found;
}

function parameter(rule: string, received: string): AppError {
  return new AppError("REQUEST_INVALID", `${rule}. Received ${received}. See GET /openapi.json.`);
}

/** Runs the work with a signal that aborts when the time is over or the client is gone. */
async function whileWanted<T>(
  reply: FastifyReply,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const late = () => {
    const rule = `the images of a request are read within ${timeoutMs / 1000} s`;
    controller.abort(new AppError("SERVER_TIMED_OUT", `${rule}. They took longer. Send fewer in one request.`));
  };
  const left = () => {
    const message = "a client must wait for the answer. It left. Send the request again.";
    controller.abort(new AppError("REQUEST_INVALID", message));
  };
  const timer = setTimeout(late, timeoutMs);
  reply.raw.once("close", left);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    reply.raw.off("close", left);
  }
}

const outcomeOf = (reading: ImageReading) => (reading.kind === "scored" ? reading.label : reading.error.code);

/** 200 when an image was scored; otherwise a problem that carries the entries too. */
async function answer(
  readings: readonly ImageReading[],
  form: HeatMapForm,
  { facts }: PredictParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const results = await Promise.all(readings.map((reading) => entryOf(reading, form, facts.imageSize)));
  const about = { model: facts.summary, threshold: facts.threshold, intendedUse: facts.intendedUse };
  reply.header("cache-control", "no-store");
  if (readings.some(({ kind }) => kind === "scored")) return { ...about, results };
  const problem = noneScored(readings, request.id);
  reply.code(problem.status).type(problemType);
  return { ...problem, results };
}

/** One image: its own error. Several: that none could be scored. */
function noneScored(readings: readonly ImageReading[], requestId: string): Problem {
  const errors = readings.flatMap((reading) => (reading.kind === "failed" ? [reading.error] : []));
  const [first] = errors;
  if (first !== undefined && errors.length === 1) return problemOf(first, requestId);
  const message = `${errors.length} images: at least one must be readable. Received none that is. See "results" for each.`;
  const status = Math.max(...errors.map(({ code }) => httpStatusOf(code)));
  return problemOf(new AppError("NO_IMAGE_SCORED", message), requestId, status);
}

async function entryOf(reading: ImageReading, form: HeatMapForm, imageSize: number): Promise<object> {
  const { name } = reading;
  if (reading.kind === "failed") {
    const { code, title, detail } = problemOf(reading.error);
    return { name, error: { code, title, detail } };
  }
  const { score, label, warnings, scope = null, heatMap } = reading;
  if (form === "none") return { name, score, label, warnings, scope };
  const heatmap = heatMap === null ? null : await heatMapJson(heatMap, form, imageSize);
  return { name, score, label, warnings, scope, heatmap };
}
