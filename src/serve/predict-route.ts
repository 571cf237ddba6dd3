// POST /v1/predict: images in, readings out. Refuses what does not fit before the body is read, and once more when it is
// known how many images it holds.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../core/errors.js";
import { heatMapClasses, labelOfMap } from "../explain/heat-map-class.js";
import { heatMapAt } from "../model/heat-map.js";
import type { Backlog, HeldBytes } from "./backlog.js";
import { type HeatMapWish, heatMapForms, heatMapJson } from "./heat-map.js";
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
    const wish = heatMapWishOf(request.query);
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
        return await answer(readings, wish, parts, request, reply);
      } finally {
        leave();
      }
    } finally {
      body.release();
    }
  });
}

/** @throws AppError REQUEST_INVALID */
function heatMapWishOf(query: unknown): HeatMapWish {
  const given = new Map(Object.entries((query ?? {}) as Record<string, unknown>));
  const unknown = [...given.keys()].find((name) => name !== "heatmap" && name !== "class");
  if (unknown !== undefined) throw parameter('the query parameters are "heatmap" and "class"', "another one");
  const form = heatMapForms.find((name) => name === (given.get("heatmap") ?? "none"));
  if (form === undefined) throw parameter(`heatmap is one of ${heatMapForms.join(", ")}`, "another value");
  const wanted = heatMapClasses.find((name) => name === (given.get("class") ?? "pneumonia"));
  if (wanted === undefined) throw parameter(`class is one of ${heatMapClasses.join(", ")}`, "another value");
  if (form !== "none") return { form, wanted };
  if (given.has("class")) throw parameter('"class" is the class of a heat map', 'it without "heatmap"');
  return { form };
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
  wish: HeatMapWish,
  { facts }: PredictParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const results = await Promise.all(readings.map((reading) => entryOf(reading, wish, facts)));
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

async function entryOf(reading: ImageReading, wish: HeatMapWish, { contract, imageSize }: ModelFacts): Promise<object> {
  const { name } = reading;
  if (reading.kind === "failed") {
    const { code, title, detail } = problemOf(reading.error);
    return { name, error: { code, title, detail } };
  }
  const { score, label, warnings, scope = null, heatMaps } = reading;
  const entry = { name, score, label, warnings, scope };
  if (wish.form === "none") return entry;
  if (heatMaps === null) return { ...entry, heatmap: null };
  const shown = labelOfMap(wish.wanted, label === "PNEUMONIA");
  const map = { map: heatMapAt(heatMaps, 0, shown), class: contract.classes[shown] };
  return { ...entry, heatmap: await heatMapJson(map, wish.form, imageSize) };
}
