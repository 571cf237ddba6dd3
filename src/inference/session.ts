// One ONNX Runtime session in a thread of its own, as promises: batches go in, what the model gives comes out in order.
import { Worker } from "node:worker_threads";
import { AppError, messageOf } from "../core/errors.js";
import { forbidTelemetry } from "../core/onnx-runtime.js";
import { invalid } from "../interchange/invalid-model-file.js";
import { ExitLatch } from "./exit-latch.js";
import { type InferenceRuntime, runtimePackages } from "./runtime.js";
import type { SessionData, SessionJob, SessionReply } from "./session-worker.js";

type Answer = Extract<SessionReply, { kind: "scored" }>;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: AppError) => void;
}

/** Of the sessions that are open; one listener for all of them, because Node warns of many. */
const open = new Set<ExitLatch>();
process.once("exit", () => {
  for (const latch of open) latch.close();
});

/** Dispose of it, or the process waits for its thread. */
export class Session {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #next = 0;
  #failure: AppError | undefined;

  private constructor(worker: Worker, latch: ExitLatch, file: string) {
    this.#worker = worker;
    this.#file = file;
    open.add(latch);
    worker.on("message", (reply: SessionReply) => this.#settle(reply));
    worker.on("error", (thrown) => this.#fail(this.#broken(messageOf(thrown))));
    this.#ended = new Promise((resolve) =>
      worker.once("exit", (code) => {
        open.delete(latch);
        this.#fail(this.#broken(`its thread ended with code ${code}`));
        resolve();
      }),
    );
  }

  /**
   * @param file for messages
   * @throws AppError ENGINE_MISSING without ONNX Runtime, MODEL_FILE_INVALID where it refuses the model
   */
  static async open(data: Omit<SessionData, "exitLatch">, file: string): Promise<Session> {
    forbidTelemetry();
    const { bytes } = data;
    const latch = new ExitLatch();
    const isWhole = bytes.byteLength === bytes.buffer.byteLength; // only a whole buffer can move
    const worker = new Worker(new URL("./session-worker.js", import.meta.url), {
      workerData: { ...data, exitLatch: latch.memory } satisfies SessionData,
      transferList: isWhole ? [bytes.buffer as ArrayBuffer] : [],
      execArgv: [],
    });
    const session = new Session(worker, latch, file);
    const reply = await new Promise<SessionReply>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", (thrown) => reject(session.#broken(messageOf(thrown))));
      worker.once("exit", (code) => reject(session.#broken(`its thread ended with code ${code}`)));
    });
    if (reply.kind !== "refused") return session;
    await worker.terminate();
    if (reply.reason === "model") {
      throw invalid(file, "ONNX Runtime can load it", `a file that it refuses: ${oneLine(reply.message)}`);
    }
    throw runtimeMissing(data.runtime, oneLine(reply.message));
  }

  /** @param images grey, [n, size, size]; they are copied */
  run(images: Uint8Array): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#next++;
    this.#worker.postMessage({ id, images } satisfies SessionJob);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Waits for what was asked before. */
  async dispose(): Promise<void> {
    this.#worker.postMessage(null satisfies SessionJob);
    await this.#ended;
  }

  #settle(reply: SessionReply): void {
    if (reply.kind !== "scored" && reply.kind !== "failed") return;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === "scored") waiting?.resolve(reply);
    else waiting?.reject(this.#broken(reply.message));
  }

  #fail(error: AppError): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #broken(reason: string): AppError {
    return new AppError("MODEL_INVALID", {
      place: this.#file,
      rule: "ONNX Runtime should be able to run it",
      received: oneLine(reason),
      remedy: "Export the model again; with many or large images, use smaller batches",
    });
  }
}

function runtimeMissing(runtime: InferenceRuntime, reason: string): AppError {
  const name = runtimePackages[runtime];
  const other = runtime === "native" ? ', or open the model with runtime "wasm"' : "";
  return new AppError("ENGINE_MISSING", {
    place: "ONNX Runtime",
    rule: `the package ${name} cannot be loaded: ${reason}`,
    remedy: `Install it with "npm install ${name} --ignore-scripts"${other}`,
  });
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").replace(/[. ]+$/, "");
