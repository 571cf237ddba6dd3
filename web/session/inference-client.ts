// The page's end of the inference worker: one worker at a time, replaced when it dies or hangs.
import { AppError, type ModelProgress } from "../../src/browser.js";
import { CallQueue } from "../../src/page/call-queue.js";
import type { CallName, WorkerAnswer, WorkerCalls } from "../worker/messages.js";

/** A call that takes longer hangs: the slowest model takes seconds on a phone. Opening may wait for a slow network. */
const limitsMs: Readonly<Record<CallName, number>> = { open: 30 * 60_000, score: 120_000, decode: 60_000 };

export interface InferenceEvents {
  readonly onProgress: (progress: ModelProgress) => void;
  /** The worker ended and with it the open model; the next call starts another. */
  readonly onLost: () => void;
}

export class InferenceClient {
  readonly #onProgress: InferenceEvents["onProgress"];
  readonly #calls: CallQueue<WorkerCalls>;

  constructor({ onProgress, onLost }: InferenceEvents) {
    this.#onProgress = onProgress;
    this.#calls = new CallQueue({
      start: () => this.#start(),
      limitsMs,
      onLost,
      subjectOf: (request) => ("file" in request ? request.file : undefined),
    });
  }

  /** @throws AppError as the worker met it, or PAGE_WORKER_LOST */
  call<Name extends CallName>(name: Name, request: WorkerCalls[Name]["request"]): Promise<WorkerCalls[Name]["reply"]> {
    return this.#calls.call(name, request);
  }

  #start() {
    const worker = new Worker(new URL("../worker/inference-worker.ts", import.meta.url), { type: "module" });
    const ended = new AbortController();
    const { signal } = ended; // what an ended worker still had to say must not be taken for the next one's
    worker.addEventListener("message", ({ data }: MessageEvent<WorkerAnswer>) => this.#take(data), { signal });
    const onError = (event: ErrorEvent) => {
      event.preventDefault();
      const reason = event.message || "it could not be loaded";
      this.#calls.lose(`stopped (${reason})`, "Load the page anew if it stops again");
    };
    worker.addEventListener("error", onError, { signal });
    return {
      post: (message: object) => worker.postMessage(message),
      end: () => {
        ended.abort();
        worker.terminate();
      },
    };
  }

  #take(answer: WorkerAnswer): void {
    if (answer.kind === "progress") this.#onProgress(answer.progress);
    else if (answer.kind === "reply") this.#calls.answer(answer.callId, { reply: answer.reply });
    else {
      const { code, facts } = answer;
      this.#calls.answer(answer.callId, { failure: new AppError(code, facts) });
    }
  }
}
