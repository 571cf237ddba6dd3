// Reads files by others in a thread of its own, which is replaced when a file broke it or kept it too long.
import { Worker } from "node:worker_threads";
import { AppError, messageOf } from "../../core/errors.js";
import { startDeadline } from "../../core/work-deadline.js";
import { invalid } from "../invalid-model-file.js";
import { objectsMegabytes } from "./memory-limits.js";
import type { ReadJob, ReadReply } from "./reader-worker.js";

/**
 * Longest time a file may take on a processor: damaged ones can send the HDF5 library round in circles. Sound ones read at
 * over 50 MB/s, and the library itself starts in 0.2 s.
 */
const timeoutMsFor = (bytes: number): number => 4000 + bytes / 5_000;

type Answer = Exclude<ReadReply, { kind: "error" }>;

/** One thread for any number of files, one after the other. Close it, or the process waits for it. */
export class Reader {
  readonly #timeoutMs: number | undefined;
  #worker: Worker | undefined;

  /** @param timeoutMs for each file, as `startDeadline` counts; by its size when absent. */
  constructor(timeoutMs?: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** `job.bytes` must own its buffer: it moves into the thread. @throws AppError as the reader's worker says. */
  async read(job: ReadJob): Promise<Answer> {
    this.#worker ??= new Worker(new URL("./reader-worker.js", import.meta.url), {
      // What the HDF5 library prints when it aborts is in the error; it belongs on nobody's terminal.
      stdout: true,
      stderr: true,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: objectsMegabytes },
    });
    const worker = this.#worker;
    const reply = await replyOf(worker, job, this.#timeoutMs ?? timeoutMsFor(job.bytes.length)).catch(
      async (thrown: unknown) => {
        await this.close();
        throw thrown;
      },
    );
    if (reply.kind !== "error") return reply;
    if (reply.broken) await this.close();
    throw new AppError(reply.code, reply.facts);
  }

  /** Ends the thread; a later `read` starts another. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

function replyOf(worker: Worker, job: ReadJob, timeoutMs: number): Promise<ReadReply> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void): void => {
      endDeadline();
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      action();
    };
    const refuse = (rule: string, received: string, cause?: unknown): void =>
      settle(() => reject(invalid(job.place, rule, received, cause)));
    const onMessage = (reply: ReadReply): void => settle(() => resolve(reply));
    const onError = (thrown: unknown): void =>
      refuse("it can be read", `one at which the reader failed: ${messageOf(thrown)}`, thrown);
    const onExit = (code: number): void => refuse("it can be read", `one at which the reader ended with code ${code}`);
    const seconds = Math.round(timeoutMs / 1000);
    const endDeadline = startDeadline(timeoutMs, () =>
      refuse(`it can be read in ${seconds} s of processor time`, "one that takes longer"),
    );
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(job, [job.bytes.buffer as ArrayBuffer]);
  });
}
