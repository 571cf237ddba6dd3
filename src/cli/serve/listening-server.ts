// The server of `pneumoscope serve` with its parts: how images are read, where the page lies, what is logged.
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import { AppError, messageOf } from "../../core/errors.js";
import { packageRoot, packageVersion } from "../../core/package.js";
import { runPaths } from "../../core/run-folder.js";
import { checkScope } from "../../images/out-of-scope/check-scope.js";
import { readRadiograph } from "../../images/read-radiograph.js";
import { type AnsweredRequest, createServer } from "../../serve/create-server.js";
import { listen } from "../../serve/listen.js";
import { printNote, type Terminal } from "../terminal.js";
import type { OpenedModel, ServeCommandOptions } from "./run-server.js";

/** @throws AppError as `createServer` and `listen`; FILE_MISSING */
export async function createListeningServer(
  options: ServeCommandOptions,
  opened: OpenedModel,
  terminal: Terminal,
): Promise<{ readonly app: FastifyInstance; readonly address: string }> {
  const { model, modelFile, place } = opened;
  const { report } = runPaths(place);
  const comparison = comparisonFile(options, terminal);
  const app = await createServer(
    {
      model,
      modelFile,
      readRadiograph,
      checkScope,
      version: packageVersion(),
      page: join(packageRoot, "dist", "web"),
      report: existsSync(report) ? report : undefined,
      comparison,
      ...(options.log === "requests" && { onRequest: (request) => printNote(terminal, requestLine(request)) }),
      onFault: (fault) => printNote(terminal, faultLine(fault, terminal)),
    },
    {
      maxBodyBytes: options.maxBody * 2 ** 20,
      maxFiles: options.maxFiles,
      maxQueue: options.maxQueue,
      workTimeoutMs: options.maxSeconds * 1000,
      allowedHosts: (options.allowHost ?? []).map((name) => name.toLowerCase()),
    },
  );
  return { app, address: await listen(app, options.host, options.port) };
}

/** A link to nothing would only be noticed by whoever follows it. */
function comparisonFile({ comparison }: ServeCommandOptions, { cwd }: Terminal): string | undefined {
  if (comparison === undefined) return undefined;
  const path = resolve(cwd, comparison);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  throw new AppError(
    "FILE_MISSING",
    `--comparison ${comparison}: should be a comparison.html that "pneumoscope compare" wrote. There is no such file. Check the path.`,
  );
}

/** One JSON object per request: when, what was asked by route, how it ended. Nothing that a client sent. */
function requestLine({ elapsedMs, ...request }: AnsweredRequest): string {
  return JSON.stringify({ time: new Date().toISOString(), ...request, elapsedMs: Math.round(elapsedMs) });
}

/** Where a fault comes from; what it says only with DEBUG, because it may name a file. */
function faultLine(fault: unknown, terminal: Terminal): string {
  const kind = fault instanceof AppError ? fault.code : fault instanceof Error ? fault.name : typeof fault;
  const frames = fault instanceof Error ? (fault.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)) : [];
  const message = terminal.env.DEBUG ? `: ${messageOf(fault)}` : " (set DEBUG=1 to see what it says)";
  return [`pneumoscope: a request met ${kind}${message}`, ...frames.slice(0, 8)].join("\n");
}
