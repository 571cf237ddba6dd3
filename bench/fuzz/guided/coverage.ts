// Which blocks of JavaScript ran since the last look, by V8's own precise coverage: no instrumentation, no native addon.
import { Session } from "node:inspector/promises";

/** How often a block ran counts by its power of two, as AFL counts edges: a loop that runs longer is something new. */
const bucket = (count: number): number => Math.min(20, 1 + Math.floor(Math.log2(count)));

export class Coverage {
  readonly #session = new Session();
  readonly #watches: (url: string) => boolean;
  readonly #known = new Set<string>();

  /** @param watches whether a script counts, by its address */
  constructor(watches: (url: string) => boolean) {
    this.#watches = watches;
  }

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How many blocks ran that never had before, or more often than ever; counters begin anew. */
  async news(): Promise<number> {
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    const before = this.#known.size;
    for (const script of result) {
      if (!this.#watches(script.url)) continue;
      for (const { ranges } of script.functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) this.#known.add(`${script.scriptId}:${startOffset}:${endOffset}:${bucket(count)}`);
        }
      }
    }
    return this.#known.size - before;
  }

  /** Blocks known, each for every power of two that it ran. */
  get size(): number {
    return this.#known.size;
  }

  stop(): void {
    this.#session.disconnect();
  }
}
