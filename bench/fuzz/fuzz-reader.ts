// Sends damaged files through one reader in a child process, restarts the child after a crash or a hang, and counts.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FuzzMessage, FuzzTask } from "./fuzz-child.js";
import type { FuzzReader } from "./fuzz-readers.js";
import { cpuMsOf } from "./process-time.js";

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /**
   * A file that takes longer is a finding; default 5 s. On a machine that is busy otherwise it is the process' own time
   * that counts, as long as no twenty deadlines have passed.
   */
  readonly deadlineMs?: number;
  /** Growth of memory from the tenth part of the files to the end that is a finding; default 200 MB. */
  readonly memoryMb?: number;
}

export interface FuzzFinding {
  /** Number of the file; -1 for memory, which no single file takes. */
  readonly index: number;
  readonly what: string;
}

export interface FuzzResult {
  readonly reader: string;
  readonly n: number;
  readonly accepted: number;
  readonly refused: number;
  readonly findings: readonly FuzzFinding[];
  readonly slowestMs: number;
  /** The same in time of the process, which a busy machine does not stretch. */
  readonly slowestCpuMs: number;
  /** From the first tenth of the files, when everything is loaded, to the end; in the longest-lived process. */
  readonly memoryGrowthMb: number;
  /** How often each error code was the answer. */
  readonly codes: Readonly<Record<string, number>>;
}

/** A reader that is broken altogether shall not cost a process per file. */
const maxFindings = 50;
/** The child has to start and load its libraries before its first file. */
const startMs = 600_000;

export async function fuzzReader(reader: FuzzReader, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, count, deadlineMs = 5000, memoryMb = 200 } = options;
  const tally = new Tally(reader.name, Math.ceil(count / 10));
  for (let from = 0; from < count; ) {
    const stopped = await runChild({ reader: reader.name, seed, from, to: count }, deadlineMs, tally);
    if (stopped === undefined) break;
    tally.findings.push(stopped);
    from = stopped.index + 1;
    if (tally.findings.length >= maxFindings) break;
  }
  const result = tally.result();
  if (result.memoryGrowthMb <= memoryMb) return result;
  const what = `memory grew by ${result.memoryGrowthMb.toFixed(0)} MB`;
  return { ...result, findings: [...result.findings, { index: -1, what }] };
}

class Tally {
  readonly findings: FuzzFinding[] = [];
  readonly #reader: string;
  readonly #warmUp: number;
  readonly #codes: Record<string, number> = {};
  #n = 0;
  #slowestMs = 0;
  #slowestCpuMs = 0;
  #growthMb = 0;
  #baseMb: number | undefined;
  #readByChild = 0;

  constructor(reader: string, warmUp: number) {
    this.#reader = reader;
    this.#warmUp = warmUp;
  }

  startChild(): void {
    this.#baseMb = undefined;
    this.#readByChild = 0;
  }

  add(message: Extract<FuzzMessage, { kind: "end" }>): void {
    const { index, ms, cpuMs, outcome, thrown, memoryMb } = message;
    this.#n++;
    this.#readByChild++;
    this.#slowestMs = Math.max(this.#slowestMs, ms);
    this.#slowestCpuMs = Math.max(this.#slowestCpuMs, cpuMs);
    if (outcome === undefined) this.findings.push({ index, what: `threw ${thrown}` });
    else this.#codes[outcome] = (this.#codes[outcome] ?? 0) + 1;
    if (memoryMb === undefined || this.#readByChild < this.#warmUp) return;
    this.#baseMb ??= memoryMb;
    this.#growthMb = Math.max(this.#growthMb, memoryMb - this.#baseMb);
  }

  result(): FuzzResult {
    const { accepted = 0, ...codes } = this.#codes;
    return {
      reader: this.#reader,
      n: this.#n + this.findings.filter(({ what }) => !what.startsWith("threw")).length,
      accepted,
      refused: Object.values(codes).reduce((sum, n) => sum + n, 0),
      findings: this.findings,
      slowestMs: this.#slowestMs,
      slowestCpuMs: this.#slowestCpuMs,
      memoryGrowthMb: this.#growthMb,
      codes,
    };
  }
}

/** Undefined when the child read all its files; otherwise the file that ended it. */
function runChild(task: FuzzTask, deadlineMs: number, tally: Tally): Promise<FuzzFinding | undefined> {
  const child: ChildProcess = fork(fileURLToPath(new URL("./fuzz-child.js", import.meta.url)), {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  tally.startChild();
  return new Promise((resolve, reject) => {
    let hasStarted = false;
    let current = task.from;
    let done = task.from;
    let isHanging = false;
    let timer = setTimeout(stop, startMs);
    let since = { wall: 0, cpuMs: 0 };
    function stop(): void {
      const { wall, cpuMs } = since;
      const isStarved = hasStarted && (cpuMsOf(child.pid) ?? Number.POSITIVE_INFINITY) - cpuMs < deadlineMs;
      if (isStarved && performance.now() - wall < 20 * deadlineMs) {
        timer = setTimeout(stop, deadlineMs / 5);
        return;
      }
      isHanging = true;
      child.kill("SIGKILL");
    }
    child.on("message", (raw) => {
      const message = raw as FuzzMessage;
      clearTimeout(timer);
      hasStarted = true;
      if (message.kind === "start") {
        current = message.index;
        since = { wall: performance.now(), cpuMs: cpuMsOf(child.pid) ?? 0 };
        timer = setTimeout(stop, deadlineMs);
        return;
      }
      tally.add(message);
      done = message.index + 1;
      current = done;
      timer = setTimeout(stop, startMs);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (done >= task.to) resolve(undefined);
      else if (!hasStarted) reject(new Error(`the ${task.reader} reader's process did not start: ${code ?? signal}`));
      else if (isHanging) resolve({ index: current, what: `took more than ${deadlineMs / 1000} s` });
      else resolve({ index: current, what: `ended the process (${signal ?? `exit code ${code}`})` });
    });
    child.send(task);
  });
}
