// The life of `pneumoscope serve`: open the model, listen, say what is served, and stop when told to.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import { AppError, messageOf } from "../../core/errors.js";
import { runPaths } from "../../core/run-folder.js";
import { decodeGray } from "../../images/decode-gray.js";
import { type ModelReader, onnxBytes, openOnnx } from "../../reading/open-reader.js";
import { type AnsweredRequest, createServer } from "../../serve/create-server.js";
import { listen, stop } from "../../serve/listen.js";
import { modelFileOf } from "../../serve/model-file.js";
import { packageRoot, packageVersion } from "../package.js";
import { printNote, type Terminal } from "../terminal.js";
import { servedText } from "./served-text.js";
import { nextStopSignal } from "./stop-signal.js";

export interface ServeCommandOptions {
  readonly model: string;
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly comparison?: string;
  readonly log: "requests" | "off";
  /** MiB. */
  readonly maxBody: number;
  readonly maxFiles: number;
  readonly maxQueue: number;
  readonly maxSeconds: number;
}

/**
 * Serves until a signal asks to stop; then everything that runs is finished.
 * @throws AppError as `openReader`, `createServer` and `listen`
 */
export async function runServer(options: ServeCommandOptions, terminal: Terminal): Promise<void> {
  const place = resolve(terminal.cwd, options.model);
  const onnx = await onnxBytes(place, {});
  const modelFile = modelFileOf(onnx.bytes);
  // The session's thread takes the bytes for itself, and the page needs them too.
  const model = await openOnnx({ ...onnx, bytes: new Uint8Array(onnx.bytes) });
  try {
    const app = await serverOf(options, { place, model, modelFile }, terminal);
    const address = await listen(app, options.host, options.port);
    const signal = nextStopSignal();
    terminal.out.write(servedText(model, modelFile, address));
    await signal;
    printNote(terminal, "Stopping: requests that run are finished. Once more ends at once.");
    await stop(app, options.maxSeconds * 1000);
  } finally {
    await model.dispose();
  }
}

interface Opened {
  readonly place: string;
  readonly model: ModelReader;
  readonly modelFile: ReturnType<typeof modelFileOf>;
}

function serverOf(options: ServeCommandOptions, opened: Opened, terminal: Terminal): Promise<FastifyInstance> {
  const { model, modelFile, place } = opened;
  const { report } = runPaths(place);
  const comparison = options.comparison === undefined ? undefined : resolve(terminal.cwd, options.comparison);
  return createServer(
    {
      model,
      modelFile,
      readRadiograph: async (bytes, how) => ({ image: await decodeGray(bytes, how), warnings: [] }),
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
