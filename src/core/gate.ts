// Lets a number of actions run at a time, the others in the order in which they came.

export class Gate {
  #free: number;
  readonly #waiting: Waiting[] = [];

  /** @param places actions that run at the same time; at least 1 */
  constructor(places: number) {
    this.#free = places;
  }

  /**
   * Runs the action when its turn comes.
   * @param signal an action that still waits when it aborts never runs: the promise rejects with the signal's reason
   */
  async run<R>(action: () => Promise<R>, signal?: AbortSignal): Promise<R> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next.pass(); // the place goes on to it
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const pass = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const waiting: Waiting = { pass };
      this.#waiting.push(waiting);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}

interface Waiting {
  readonly pass: () => void;
}
