// Decodes files in threads that are started when they are needed, replaced when a file breaks them or keeps them too long,
// and no reason for the process to stay alive when they are idle. All DICOM files come here, and of pictures those whose
// decoder could not be stopped elsewhere. Node only.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { AppError, systemCodeOf } from "../../core/errors.js";
import { startDeadline } from "../../core/work-deadline.js";
import { defaultImageLimits } from "../image-limits.js";
import type { Radiograph } from "../radiograph.js";
import { failuresOf } from "./failures.js";
import type { DecodeJob, DecodeReply } from "./worker.js";

/**
 * A whole file takes a second or two, the costliest four, and more where more pixels are allowed; the slowest codec reads
 * over 1 MB of compressed pixels in one, when it is alone.
 */
const timeoutMsFor = ({ bytes, limits }: DecodeJob): number =>
  20_000 * Math.max(1, limits.maxPixels / defaultImageLimits.maxPixels) + bytes.length / 200;

export interface DecodeThreadOptions {
  readonly threads?: number;
  /** For each file, in milliseconds of computing, from when its thread begins; by its size when absent. */
  readonly timeoutMs?: number;
  /** What a thread runs; default worker.js beside this file. */
  readonly script?: URL;
}

interface Waiting {
  readonly job: DecodeJob;
  readonly signal: AbortSignal | undefined;
  readonly settle: { resolve(image: Radiograph): void; reject(error: unknown): void };
}

export class DecodeThreads {
  readonly #limit: number;
  readonly #timeoutMs: number | undefined;
  readonly #script: URL;
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting[] = [];
  #running = 0;

  constructor(options: DecodeThreadOptions = {}) {
    this.#limit = options.threads ?? Math.min(4, availableParallelism());
    this.#timeoutMs = options.timeoutMs;
    this.#script = options.script ?? new URL("./worker.js", import.meta.url);
  }

  /**
   * Decodes a file; its bytes are copied.
   * @param signal ends the file's thread when it aborts
   * @throws AppError as the format's decoder does; DICOM_TIMEOUT, IMAGE_TOO_COSTLY; the signal's reason
   */
  decode(job: DecodeJob, signal?: AbortSignal): Promise<Radiograph> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, signal, settle: { resolve, reject } });
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

  async #run({ job, signal, settle }: Waiting): Promise<void> {
    if (signal?.aborted) return settle.reject(signal.reason);
    const worker = this.#idle.pop() ?? startWorker(this.#script);
    worker.ref();
    try {
      const reply = await replyOf(worker, job, this.#timeoutMs ?? timeoutMsFor(job), signal);
      if (keepsMemory(job)) await worker.terminate();
      else {
        worker.unref();
        this.#idle.push(worker);
      }
      if (reply.kind === "image") settle.resolve(reply.result);
      else settle.reject(new AppError(reply.code, reply.facts, { cause: reply.cause }));
    } catch (thrown) {
      await worker.terminate();
      const isOurs = thrown instanceof AppError || signal?.aborted;
      settle.reject(isOurs ? thrown : failuresOf(job.format).broken(job.name));
    }
  }
}

/** The JPEG decoder's WebAssembly memory grows to hundreds of megabytes with a large image, and never shrinks. */
const keepsMemory = ({ format }: DecodeJob): boolean => format === "jpeg";

function startWorker(script: URL): Worker {
  return new Worker(script, {
    // What a codec prints when it aborts belongs on nobody's terminal.
    stdout: true,
    stderr: true,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
}

function replyOf(
  worker: Worker,
  job: DecodeJob,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<DecodeReply> {
  const { broken, tooMuch } = failuresOf(job.format);
  const bytes = new Uint8Array(job.bytes); // a Buffer's own slice would be a view, and its memory be taken away
  return new Promise((resolve, reject) => {
    const settle = (action: () => void): void => {
      endDeadline();
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      signal?.removeEventListener("abort", onAbort);
      action();
    };
    const onMessage = (reply: DecodeReply): void => settle(() => resolve(reply));
    const onError = (thrown: unknown): void =>
      settle(() => {
        const isMemory = systemCodeOf(thrown) === "ERR_WORKER_OUT_OF_MEMORY";
        reject(isMemory ? tooMuch(job.name, "one that runs out of memory", thrown) : broken(job.name));
      });
    const onAbort = (): void => settle(() => reject(signal?.reason));
    const onExit = (): void => settle(() => reject(broken(job.name)));
    const endDeadline = startDeadline(timeoutMs, () =>
      settle(() => reject(tooMuch(job.name, `one that takes longer than ${Math.round(timeoutMs / 1000)} s`))),
    );
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal?.addEventListener("abort", onAbort, { once: true });
    worker.postMessage({ ...job, bytes }, [bytes.buffer]);
  });
}
