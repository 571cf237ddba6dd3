// The life of `pneumoscope serve`: open the model, listen, say what is served, and stop when told to.
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError, openClassifier, type ScoreMeaning } from "../../index.js";
import { type AnsweredRequest, createServer, listen, stop } from "../../serve.js";
import { noteUnfinished } from "../inference/model-options.js";
import { printNote, type Terminal } from "../terminal.js";
import { servedText } from "./served-text.js";
import { nextStopSignal } from "./stop-signal.js";

export interface ServeCommandOptions {
  readonly model: string;
  readonly scores?: ScoreMeaning;
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly comparison?: string;
  readonly log: "requests" | "off";
  /** MiB. */
  readonly maxBody: number;
  readonly maxPixels?: number;
  readonly maxFiles: number;
  readonly maxQueue: number;
  readonly maxSeconds: number;
}

/**
 * Serves until a signal asks to stop; then everything that runs is finished.
 * @throws AppError as `openClassifier`, `createServer` and `listen`; FILE_MISSING
 */
export async function runServer(options: ServeCommandOptions, terminal: Terminal): Promise<void> {
  const { model: place, scores, maxSeconds } = options;
  const { cwd } = terminal;
  await using classifier = await openClassifier(place, { scores, keepsFile: true, cwd });
  noteUnfinished(classifier, place, terminal);
  const app = await createServer(classifier, {
    report: join(resolve(cwd, place), "report.html"),
    comparison: comparisonFile(options, terminal),
    maxBodyBytes: options.maxBody * 2 ** 20,
    ...(options.maxPixels !== undefined && { maxPixels: options.maxPixels }),
    maxFiles: options.maxFiles,
    maxQueue: options.maxQueue,
    workTimeoutMs: maxSeconds * 1000,
    allowedHosts: (options.allowHost ?? []).map((name) => name.toLowerCase()),
    onFault: (fault) => printNote(terminal, faultLine(fault, terminal)),
    ...(options.log === "requests" && { onRequest: (request) => printNote(terminal, requestLine(request)) }),
  });
  const address = await listen(app, options.host, options.port);
  const signal = nextStopSignal();
  terminal.out.write(servedText(classifier, scores, address));
  await signal;
  printNote(terminal, "Stopping: requests that run are finished. Once more ends at once.");
  await stop(app, maxSeconds * 1000);
}

/** A link to nothing would only be noticed by whoever follows it. */
function comparisonFile({ comparison }: ServeCommandOptions, { cwd }: Terminal): string | undefined {
  if (comparison === undefined) return undefined;
  const path = resolve(cwd, comparison);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  throw new AppError("FILE_MISSING", {
    place: `--comparison ${comparison}`,
    rule: 'should be a comparison.html that "pneumoscope compare" wrote',
    received: "the name of no file",
    remedy: "Check the path",
  });
}

/** One JSON object per request: when, what was asked by route, how it ended. Nothing that a client sent. */
function requestLine({ elapsedMs, ...request }: AnsweredRequest): string {
  return JSON.stringify({ time: new Date().toISOString(), ...request, elapsedMs: Math.round(elapsedMs) });
}

/** Where a fault comes from; what it says only with DEBUG, because it may name a file. */
function faultLine(fault: unknown, terminal: Terminal): string {
  const kind = fault instanceof AppError ? fault.code : fault instanceof Error ? fault.name : typeof fault;
  const frames = fault instanceof Error ? (fault.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)) : [];
  const message = terminal.env.DEBUG
    ? `: ${fault instanceof Error ? fault.message : String(fault)}`
    : " (set DEBUG=1 to see what it says)";
  return [`pneumoscope: a request met ${kind}${message}`, ...frames.slice(0, 8)].join("\n");
}
