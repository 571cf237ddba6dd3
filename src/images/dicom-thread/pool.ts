// Decodes DICOM files in threads that are started when they are needed, replaced when a file breaks them or keeps them
// too long, and no reason for the process to stay alive when they are idle. Node only.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { AppError, systemCodeOf } from "../../core/errors.js";
import { startDeadline } from "../../core/work-deadline.js";
import type { DicomImage } from "../dicom/decode-dicom.js";
import { brokenFacts } from "./broken-facts.js";
import type { DecodeJob, DecodeReply } from "./worker.js";

/** A whole file takes a second or two; the slowest codec reads over 1 MB of compressed pixels in one, when it is alone. */
const timeoutMsFor = (bytes: number): number => 20_000 + bytes / 200;

export interface DicomThreadOptions {
  readonly threads?: number;
  /** For each file, in milliseconds of computing, from when its thread begins; by its size when absent. */
  readonly timeoutMs?: number;
}

interface Waiting {
  readonly job: DecodeJob;
  readonly settle: { resolve(image: DicomImage): void; reject(error: AppError): void };
}

export class DicomThreads {
  readonly #limit: number;
  readonly #timeoutMs: number | undefined;
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting[] = [];
  #running = 0;

  constructor({ threads = Math.min(4, availableParallelism()), timeoutMs }: DicomThreadOptions = {}) {
    this.#limit = threads;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Decodes a file; its bytes are copied.
   * @throws AppError as decodeDicom does; DICOM_TIMEOUT
   */
  decode(job: DecodeJob): Promise<DicomImage> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, settle: { resolve, reject } });
      this.#next();
    });
  }

  /** Ends the threads that are idle; later files start others. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#running >= this.#limit) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    this.#running++;
    void this.#run(waiting).finally(() => {
      this.#running--;
      this.#next();
    });
  }

  async #run({ job, settle }: Waiting): Promise<void> {
    const worker = this.#idle.pop() ?? startWorker();
    worker.ref();
    try {
      const reply = await replyOf(worker, job, this.#timeoutMs ?? timeoutMsFor(job.bytes.length));
      worker.unref();
      this.#idle.push(worker);
      if (reply.kind === "image") settle.resolve(reply.result);
      else settle.reject(new AppError(reply.code, reply.facts, { cause: reply.cause }));
    } catch (thrown) {
      await worker.terminate();
      settle.reject(thrown instanceof AppError ? thrown : broken(job.name));
    }
  }
}

function startWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), {
    // What a codec prints when it aborts belongs on nobody's terminal.
    stdout: true,
    stderr: true,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
}

function replyOf(worker: Worker, job: DecodeJob, timeoutMs: number): Promise<DecodeReply> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void): void => {
      endDeadline();
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      action();
    };
    const onMessage = (reply: DecodeReply): void => settle(() => resolve(reply));
    const onError = (thrown: unknown): void =>
      settle(() => {
        const isMemory = systemCodeOf(thrown) === "ERR_WORKER_OUT_OF_MEMORY";
        reject(isMemory ? tooMuch(job.name, "one that runs out of memory", thrown) : broken(job.name));
      });
    const onExit = (): void => settle(() => reject(broken(job.name)));
    const endDeadline = startDeadline(timeoutMs, () =>
      settle(() => reject(tooMuch(job.name, `one that takes longer than ${Math.round(timeoutMs / 1000)} s`))),
    );
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    const bytes = job.bytes.slice();
    worker.postMessage({ ...job, bytes }, [bytes.buffer]);
  });
}

function tooMuch(name: string, received: string, cause?: unknown): AppError {
  return new AppError(
    "DICOM_TIMEOUT",
    {
      place: name,
      rule: "a DICOM file must be decoded in bounded time and memory",
      received,
      remedy: "Export it again, uncompressed",
    },
    { cause },
  );
}

function broken(name: string): AppError {
  return new AppError("DICOM_UNREADABLE", brokenFacts(name));
}
