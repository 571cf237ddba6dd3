// The counts of one reader's run, over all the processes that it took.
import type { FuzzMessage } from "./fuzz-child.js";

export interface FuzzFinding {
  /** Number of the file; -1 for memory, which no single file takes. */
  readonly index: number;
  readonly what: string;
}

export interface FuzzResult {
  readonly reader: string;
  readonly n: number;
  /** Of them, valid containers with hostile insides. */
  readonly structured: number;
  readonly accepted: number;
  readonly refused: number;
  readonly findings: readonly FuzzFinding[];
  readonly slowestMs: number;
  /** The same in time of the process, which a busy machine does not stretch. */
  readonly slowestCpuMs: number;
  /** From the first tenth of the files, when everything is loaded, to the end; in the longest-lived process. */
  readonly memoryGrowthMb: number;
  /** The most that the process had resident, libraries included. */
  readonly peakMb: number;
  /** How often each error code was the answer. */
  readonly codes: Readonly<Record<string, number>>;
}

export class Tally {
  readonly findings: FuzzFinding[] = [];
  readonly #reader: string;
  readonly #warmUp: number;
  readonly #isStructured: (index: number) => boolean;
  readonly #codes: Record<string, number> = {};
  #n = 0;
  #structured = 0;
  #slowestMs = 0;
  #slowestCpuMs = 0;
  #growthMb = 0;
  #peakMb = 0;
  #baseMb: number | undefined;
  #readByChild = 0;

  constructor(reader: string, warmUp: number, isStructured: (index: number) => boolean) {
    this.#reader = reader;
    this.#warmUp = warmUp;
    this.#isStructured = isStructured;
  }

  startChild(): void {
    this.#baseMb = undefined;
    this.#readByChild = 0;
  }

  add(message: Extract<FuzzMessage, { kind: "end" }>): void {
    const { index, ms, cpuMs, outcome, thrown, memoryMb, peakMb } = message;
    this.#count(index);
    this.#readByChild++;
    this.#slowestMs = Math.max(this.#slowestMs, ms);
    this.#slowestCpuMs = Math.max(this.#slowestCpuMs, cpuMs);
    this.#peakMb = Math.max(this.#peakMb, peakMb);
    if (outcome === undefined) this.findings.push({ index, what: `threw ${thrown}` });
    else this.#codes[outcome] = (this.#codes[outcome] ?? 0) + 1;
    if (memoryMb === undefined || this.#readByChild < this.#warmUp) return;
    this.#baseMb ??= memoryMb;
    this.#growthMb = Math.max(this.#growthMb, memoryMb - this.#baseMb);
  }

  /** A file that ended its process, and so was not added. */
  addFatal(finding: FuzzFinding): void {
    this.#count(finding.index);
    this.findings.push(finding);
  }

  #count(index: number): void {
    this.#n++;
    if (this.#isStructured(index)) this.#structured++;
  }

  result(): FuzzResult {
    const { accepted = 0, ...codes } = this.#codes;
    return {
      reader: this.#reader,
      n: this.#n,
      structured: this.#structured,
      accepted,
      refused: Object.values(codes).reduce((sum, n) => sum + n, 0),
      findings: this.findings,
      slowestMs: this.#slowestMs,
      slowestCpuMs: this.#slowestCpuMs,
      memoryGrowthMb: this.#growthMb,
      peakMb: this.#peakMb,
      codes,
    };
  }
}
