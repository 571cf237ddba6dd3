// Puts items of many requests through the model together. While a batch runs the next one gathers, so batches grow with
// the load and a lone request never waits for company.

export interface BatchOptions {
  readonly maxBatch: number;
  /** Told of every batch: how many items, how long it took. */
  readonly onBatch?: ((size: number, elapsedMs: number) => void) | undefined;
}

interface Pending<Item, Result> {
  readonly item: Item;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

export class Batcher<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #options: BatchOptions;
  #waiting: Pending<Item, Result>[] = [];
  #isRunning = false;

  /** @param run one result per item, in order; runs once at a time */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, options: BatchOptions) {
    this.#run = run;
    this.#options = options;
  }

  /** The item's result. An item whose signal aborts before its batch begins is dropped. */
  submit(item: Item, signal?: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, signal, resolve, reject });
      if (!this.#isRunning) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      if (batch.length > 0) await this.#runBatch(batch);
    }
    this.#isRunning = false;
  }

  #takeBatch(): readonly Pending<Item, Result>[] {
    const alive = this.#waiting.filter(({ signal, reject }) => {
      if (signal?.aborted === true) reject(signal.reason);
      return signal?.aborted !== true;
    });
    this.#waiting = alive.slice(this.#options.maxBatch);
    return alive.slice(0, this.#options.maxBatch);
  }

  async #runBatch(batch: readonly Pending<Item, Result>[]): Promise<void> {
    const start = performance.now();
    try {
      const results = await this.#run(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(results[i] as Result);
    } catch (thrown) {
      for (const { reject } of batch) reject(thrown);
    }
    this.#options.onBatch?.(batch.length, performance.now() - start);
  }
}
