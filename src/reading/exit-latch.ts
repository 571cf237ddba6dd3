// Keeps the end of the process from ending a thread in the middle of a call into ONNX Runtime: what the call gives back
// has no JavaScript to go to then, and the runtime aborts the whole process. The exit waits for the calls, and no other
// begins.

/** In place of a number of calls. */
const closed = -1;

/** Longer than batches should take; after it the process ends as it may. */
const longestWaitMs = 30_000;

/** Both threads make one of the same memory. */
export class ExitLatch {
  /** To hand to the other thread. */
  readonly memory: SharedArrayBuffer;
  /** How many calls run or are about to, or `closed`. */
  readonly #calls: Int32Array;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#calls = new Int32Array(memory);
  }

  /** Makes the call, unless the process is ending: then the promise stays open, for nobody waits for it any more. */
  async hold<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      const calls = Atomics.load(this.#calls, 0);
      if (calls === closed) return new Promise(() => undefined);
      if (Atomics.compareExchange(this.#calls, 0, calls, calls + 1) === calls) break;
    }
    try {
      return await call();
    } finally {
      Atomics.sub(this.#calls, 0, 1);
      Atomics.notify(this.#calls, 0);
    }
  }

  /** Blocks this thread until the other one is out of its calls. */
  close(): void {
    for (;;) {
      const calls = Atomics.compareExchange(this.#calls, 0, 0, closed);
      if (calls <= 0 || Atomics.wait(this.#calls, 0, calls, longestWaitMs) === "timed-out") return;
    }
  }
}
