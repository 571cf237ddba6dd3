// Errors as answers: whatever was thrown becomes a problem with its status and headers, and so do unknown paths and methods.
import type { FastifyInstance, FastifyReply } from "fastify";
import { AppError } from "../core/errors.js";
import type { RefusalDamper } from "./connections/refusal-damper.js";
import { type Problem, problemOf, problemType, toAppError } from "./problem.js";
import { recordOf } from "./request-record.js";
import { ServerBusyError } from "./work/server-busy.js";

/** @param onFault told of errors that should not happen */
export function addErrorAnswers(
  app: FastifyInstance,
  { onFault }: { readonly onFault?: ((fault: unknown) => void) | undefined },
  damper: RefusalDamper,
): void {
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = toAppError(thrown);
    if (error.code === "SERVER_FAULT") onFault?.(thrown);
    if (error instanceof ServerBusyError) {
      reply.header("retry-after", error.retryAfterSeconds);
      await damper.wait(recordOf(request.raw).client.key);
    }
    if (error.code === "REQUEST_UNAUTHORIZED") reply.header("www-authenticate", 'Bearer realm="pneumoscope"');
    sendProblem(reply, problemOf(error, request.id));
    return reply;
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

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply.code(problem.status).type(problemType).header("cache-control", "no-store").send(problem);
}
