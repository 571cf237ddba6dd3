// The page's end of the reading worker: calls as promises, one worker at a time, replaced when it dies or hangs.
import { AppError } from "../../src/core/errors.js";
import type { CallName, ModelProgress, WorkerAnswer, WorkerCalls } from "../worker/messages.js";

/** A call that takes longer hangs: the slowest model reads in seconds on a phone. Opening may wait for a slow network. */
const callLimitMs: Readonly<Record<CallName, number>> = { open: 30 * 60_000, read: 120_000, decode: 60_000 };

interface OpenCall {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (reason: AppError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export interface ReaderEvents {
  readonly onProgress: (progress: ModelProgress) => void;
  /** The worker ended and with it the open model; the next call starts another. */
  readonly onLost: () => void;
}

export class ReaderClient {
  readonly #events: ReaderEvents;
  readonly #calls = new Map<number, OpenCall>();
  #worker: Worker | undefined;
  #nextCallId = 1;

  constructor(events: ReaderEvents) {
    this.#events = events;
  }

  /** @throws AppError as the worker met it, or PAGE_READER_LOST */
  call<Name extends CallName>(name: Name, request: WorkerCalls[Name]["request"]): Promise<WorkerCalls[Name]["reply"]> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const callId = this.#nextCallId++;
    return new Promise((resolve, reject) => {
      const hung = () => this.#lose("The reader did not answer in time. It is started again for the next file.");
      const timer = setTimeout(hung, callLimitMs[name]);
      this.#calls.set(callId, { resolve: resolve as OpenCall["resolve"], reject, timer });
      worker.postMessage({ callId, name, request });
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("../worker/reader-worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<WorkerAnswer>) => this.#take(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#lose(
        `The reader stopped (${event.message || "it could not be loaded"}). Load the page anew if it stops again.`,
      );
    });
    return worker;
  }

  #take(answer: WorkerAnswer): void {
    if (answer.kind === "progress") {
      this.#events.onProgress(answer.progress);
      return;
    }
    const call = this.#calls.get(answer.callId);
    this.#calls.delete(answer.callId);
    clearTimeout(call?.timer);
    if (answer.kind === "reply") call?.resolve(answer.reply);
    else call?.reject(new AppError(answer.failure.code, answer.failure.message));
  }

  #lose(message: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) {
      clearTimeout(call.timer);
      call.reject(new AppError("PAGE_READER_LOST", message));
    }
    this.#events.onLost();
  }
}
