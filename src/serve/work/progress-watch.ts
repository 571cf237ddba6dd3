// Whether work that has begun comes to an end. A stage of the work that ends nothing for a while, although something is in
// it, makes no progress: the server is not ready then, however soundly it answers.

export class ProgressWatch {
  readonly #stallMs: number;
  readonly #now: () => number;
  #running = 0;
  #movedMs = 0;

  /** @param now milliseconds, monotonic */
  constructor(stallMs: number, now: () => number) {
    this.#stallMs = stallMs;
    this.#now = now;
  }

  get isStalled(): boolean {
    return this.#running > 0 && this.#now() - this.#movedMs > this.#stallMs;
  }

  /** An end, good or bad, is progress. */
  async during<R>(action: () => Promise<R>): Promise<R> {
    if (this.#running === 0) this.#movedMs = this.#now();
    this.#running++;
    try {
      return await action();
    } finally {
      this.#running--;
      this.#movedMs = this.#now();
    }
  }
}
