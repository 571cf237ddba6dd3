// The life of `pneumoscope serve`: open the model, listen, say what is served, and stop when told to.
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError, openClassifier, type PixelRange, type ScoreMeaning } from "../../index.js";
import { type AnsweredRequest, createServer, listen, reload, stop, type TlsFiles } from "../../serve.js";
import { noteUnfinished } from "../inference/model-options.js";
import { printLine, printNote, type Terminal } from "../terminal.js";
import { servedText } from "./served-text.js";
import { endAfter, nextStopSignal } from "./stop-signal.js";

export interface ServeCommandOptions {
  readonly model: string;
  readonly scores?: ScoreMeaning;
  readonly pixels?: PixelRange;
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly withReport?: boolean;
  readonly comparison?: string;
  readonly auditLog?: string;
  readonly tokenFile?: string;
  /** False with --no-authentication. */
  readonly authentication: boolean;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly log: "requests" | "off";
  /** MiB. */
  readonly maxBody: number;
  readonly maxPixels?: number;
  readonly maxFiles: number;
  readonly maxQueue: number;
  readonly maxSeconds: number;
  /** Seconds. */
  readonly grace: number;
}

/** Of the grace, what is kept for last answers, the model and the process itself. */
const endingMs = 1500;

/**
 * Serves until a signal asks to stop; then everything that runs is finished.
 * @throws AppError as `openClassifier`, `createServer` and `listen`; FILE_MISSING
 */
export async function runServer(options: ServeCommandOptions, terminal: Terminal): Promise<void> {
  const { model: place, scores, pixels, host, authentication } = options;
  const { cwd } = terminal;
  checkLock(options);
  await using classifier = await openClassifier(place, { scores, pixels, keepsFile: true, cwd });
  noteUnfinished(classifier, place, terminal);
  const { tokenFile, auditLog } = options;
  const app = await createServer(classifier, {
    report: options.withReport === true ? reportFile(place, cwd) : undefined,
    comparison: comparisonFile(options, terminal),
    tokenFile: tokenFile === undefined ? undefined : resolve(cwd, tokenFile),
    auditLog: auditLog === undefined ? undefined : resolve(cwd, auditLog),
    tls: tlsFiles(options, cwd),
    maxBodyBytes: options.maxBody * 2 ** 20,
    ...(options.maxPixels !== undefined && { maxPixels: options.maxPixels }),
    maxFiles: options.maxFiles,
    maxQueue: options.maxQueue,
    workTimeoutMs: options.maxSeconds * 1000,
    allowedHosts: (options.allowHost ?? []).map((name) => name.toLowerCase()),
    onFault: (fault) => printNote(terminal, faultLine(fault, terminal)),
    ...(options.log === "requests" && { onRequest: (request) => printNote(terminal, requestLine(request)) }),
  });
  const address = await listen(app, host, options.port, { authentication: authentication ? "required" : "none" });
  const signal = nextStopSignal();
  const onHangUp = () => printNote(terminal, reloadedText(app));
  process.on("SIGHUP", onHangUp);
  printLine(terminal, servedText(classifier, address, tokenFile !== undefined));
  const graceMs = options.grace * 1000;
  endAfter(graceMs, await signal);
  printNote(terminal, `Stopping: requests that run have ${options.grace} s to finish. Once more ends at once.`);
  await stop(app, graceMs - endingMs);
  process.off("SIGHUP", onHangUp);
}

/** @throws AppError OPTION_INVALID for options that contradict each other */
function checkLock({ authentication, tokenFile, tlsCertificate, tlsKey }: ServeCommandOptions): void {
  if (!authentication && tokenFile !== undefined) {
    const rule = "either tokens are asked for or nothing is";
    throw new AppError("OPTION_INVALID", { place: "--no-authentication, --token-file", rule, received: "both" });
  }
  if ((tlsCertificate === undefined) !== (tlsKey === undefined)) {
    const rule = "a certificate and its key are given together";
    throw new AppError("OPTION_INVALID", { place: "--tls-certificate, --tls-key", rule, received: "one of them" });
  }
}

function tlsFiles({ tlsCertificate, tlsKey }: ServeCommandOptions, cwd: string): TlsFiles | undefined {
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
  return { certificate: resolve(cwd, tlsCertificate), key: resolve(cwd, tlsKey) };
}

/** What SIGHUP did. */
function reloadedText(app: Parameters<typeof reload>[0]): string {
  const files = reload(app);
  if (files.length === 0) return "SIGHUP: there are no tokens, no certificate and no audit log to read again.";
  const lines = files.map(({ what, error }) =>
    error === undefined
      ? `${what}: read again`
      : `${what}: as before, because the new one cannot be used: ${error.message}`,
  );
  return ["SIGHUP", ...lines].join("\n  ");
}

function reportFile(place: string, cwd: string): string {
  const path = join(resolve(cwd, place), "report.html");
  if (existsSync(path) && statSync(path).isFile()) return path; // statSync alone throws below a model's file
  throw new AppError("FILE_MISSING", {
    place: path,
    rule: "--with-report serves the report of a run",
    received: "a model without one",
    remedy: "Name a run folder that has a report.html, or omit --with-report",
  });
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
