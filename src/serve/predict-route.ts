// POST /v1/predict: images in, results out. Refuses what does not fit before the body is read, and once more when it is
// known how many images it holds.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../core/errors.js";
import { heatMapClasses } from "../explain/heat-map-class.js";
import type { Result } from "../inference/result.js";
import type { ConnectionKeeper } from "./connections/connection-keeper.js";
import type { HeldBytes } from "./connections/held-bytes.js";
import { type HeatMapWish, heatMapForms, heatMapJson } from "./heat-map.js";
import type { ServerMetrics } from "./metrics.js";
import type { ModelFacts } from "./model-facts.js";
import { httpStatusOf, type Problem, problemOf, problemType } from "./problem.js";
import { receiveBody } from "./receive-body.js";
import { recordOf, recordResults } from "./request-record.js";
import type { ServerOptions } from "./server-options.js";
import { imageTypes, multipartType, type Upload, uploadsOf } from "./uploads.js";
import type { Backlog } from "./work/backlog.js";
import type { InferenceService } from "./work/inference-service.js";

export interface PredictParts {
  readonly facts: ModelFacts;
  readonly service: InferenceService;
  readonly backlog: Backlog;
  readonly held: HeldBytes;
  readonly keeper: ConnectionKeeper;
  readonly metrics: ServerMetrics;
  readonly options: ServerOptions;
  /** Aborts, with the error to answer, when the server ends what runs. */
  readonly ending: AbortSignal;
}

export function addPredictRoute(app: FastifyInstance, parts: PredictParts): void {
  // The body is read by the handler, under the server's own bounds; the framework only checks the type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([multipartType, ...imageTypes], (_request, _payload, done) => done(null));
  app.post("/v1/predict", async (request, reply) => {
    const wish = heatMapWishOf(request.query);
    const client = recordOf(request.raw).client.key;
    parts.backlog.refuseWhenFull(client);
    const { options, held } = parts;
    const abandon = () => parts.keeper.abandon(request.raw, "tiny-chunks");
    const body = await receiveBody(request.raw, { maxBytes: options.maxBodyBytes, held, client, abandon });
    const endWork = parts.keeper.work(request.raw);
    try {
      const uploads = await uploadsOf(body.bytes, request.headers["content-type"] ?? "", options);
      recordOf(request.raw).images = uploads.length;
      const results = await resultsOf(uploads, wish, client, parts, reply);
      recordResults(request.raw, results);
      for (const result of results) parts.metrics.countImage(outcomeOf(result));
      return await answer(results, wish, parts, request, reply);
    } finally {
      endWork();
      body.release();
    }
  });
}

async function resultsOf(
  uploads: readonly Upload[],
  wish: HeatMapWish,
  client: string,
  { backlog, service, options, ending }: PredictParts,
  reply: FastifyReply,
): Promise<readonly Result[]> {
  const place = backlog.enter(uploads.length, client);
  try {
    const heatMaps = wish.form === "none" ? undefined : wish.wanted;
    const others = [place.signal, ending];
    return await whileWanted(reply, options.workTimeoutMs, others, (signal) =>
      service.run(uploads, { client, heatMaps, signal, onBegin: () => place.begin() }),
    );
  } finally {
    place.leave();
  }
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
  return new AppError("REQUEST_INVALID", { place: "request", rule, received, remedy: "See GET /openapi.json" });
}

/** Runs the work with a signal that aborts when the time is over, the client is gone, or one of the others aborts. */
async function whileWanted<T>(
  reply: FastifyReply,
  timeoutMs: number,
  others: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const late = () => {
    const rule = `its images are read within ${timeoutMs / 1000} s`;
    const facts = { place: "request", rule, received: "some that took longer", remedy: "Send fewer in one request" };
    controller.abort(new AppError("SERVER_TIMED_OUT", facts));
  };
  const left = () => {
    const rule = "a client must wait for the answer";
    const facts = { place: "request", rule, received: "one that left", remedy: "Send the request again" };
    controller.abort(new AppError("REQUEST_INVALID", facts));
  };
  // Not AbortSignal.any, whose signals a lasting one such as `ending` holds on to (Node 20).
  const passOn = others.map((other) => ({ other, abort: () => controller.abort(other.reason) }));
  for (const { other, abort } of passOn) {
    if (other.aborted) abort();
    other.addEventListener("abort", abort, { once: true });
  }
  const timer = setTimeout(late, timeoutMs);
  reply.raw.once("close", left);
  try {
    return await work(controller.signal);
  } finally {
    for (const { other, abort } of passOn) other.removeEventListener("abort", abort);
    clearTimeout(timer);
    reply.raw.off("close", left);
  }
}

const outcomeOf = (result: Result) => (result.kind === "scored" ? result.label : result.error.code);

/** 200 when an image was scored; otherwise a problem that carries the entries too. */
async function answer(
  results: readonly Result[],
  wish: HeatMapWish,
  { facts }: PredictParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const entries = await Promise.all(results.map((result) => entryOf(result, wish, facts)));
  const { summary, threshold, intendedUse, contract } = facts;
  const { unsure } = contract;
  const about = { model: summary, threshold, ...(unsure !== undefined && { unsure }), intendedUse };
  reply.header("cache-control", "no-store");
  if (results.some(({ kind }) => kind === "scored")) return { ...about, results: entries };
  const problem = noneScored(results, request.id);
  reply.code(problem.status).type(problemType);
  return { ...problem, results: entries };
}

/** One image: its own error. Several: that none could be scored. */
function noneScored(results: readonly Result[], requestId: string): Problem {
  const errors = results.flatMap((result) => (result.kind === "failed" ? [result.error] : []));
  const [first] = errors;
  if (first !== undefined && errors.length === 1) return problemOf(first, requestId);
  const facts = {
    place: `${errors.length} images`,
    rule: "at least one must be readable",
    received: "none that is",
    remedy: 'See "results" for each',
  };
  const status = Math.max(...errors.map(({ code }) => httpStatusOf(code)));
  return problemOf(new AppError("NO_IMAGE_SCORED", facts), requestId, status);
}

async function entryOf(result: Result, wish: HeatMapWish, { imageSize }: ModelFacts): Promise<object> {
  const { name } = result;
  if (result.kind === "failed") {
    const { code, title, detail } = problemOf(result.error);
    return { name, error: { code, title, detail } };
  }
  const { score, label, warnings, scope, heatMap } = result;
  const entry = { name, score, label, warnings, scope };
  if (wish.form === "none") return entry;
  return { ...entry, heatmap: heatMap == null ? null : await heatMapJson(heatMap, wish.form, imageSize) };
}
