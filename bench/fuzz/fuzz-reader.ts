// Sends hostile files through one reader in a child process, restarts the child after a crash or a hang, and counts.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isStructured } from "./damaged-file.js";
import type { FuzzMessage, FuzzTask } from "./fuzz-child.js";
import type { FuzzReader } from "./fuzz-readers.js";
import { residentMbOf } from "./process-memory.js";
import { cpuMsOf } from "./process-time.js";
import { type FuzzFinding, type FuzzResult, Tally } from "./tally.js";

export interface FuzzOptions {
  readonly seed: number;
  /** Number of the first file; 0 when absent. A run goes on where another ended. */
  readonly first?: number;
  readonly count: number;
  /**
   * A file that takes longer is a finding; default 5 s. On a machine that is busy otherwise it is the process' own time
   * that counts, as long as no twenty deadlines have passed.
   */
  readonly deadlineMs?: number;
  /** Growth of memory from the tenth part of the files to the end that is a finding; default 200 MB. */
  readonly growthMb?: number;
  /** Resident memory, of the process and those it starts, that is a finding; default 1 GiB. */
  readonly memoryMb?: number;
}

/** A reader that is broken altogether shall not cost a process per file. */
const maxFindings = 50;
/** The child has to start and load its libraries before its first file. */
const startMs = 600_000;
/** How often the memory of a file that takes long is looked at. */
const watchMs = 100;

export async function fuzzReader(reader: FuzzReader, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, first = 0, count, deadlineMs = 5000, growthMb = 200, memoryMb = 1024 } = options;
  const end = first + count;
  const tally = new Tally(reader.name, Math.ceil(count / 10), (index) => isStructured(reader, index));
  for (let from = first; from < end; ) {
    const task = { reader: reader.name, seed, from, to: end };
    const stopped = await runChild(task, { deadlineMs, memoryMb }, tally);
    if (stopped === undefined) break;
    if (stopped.isFatal) tally.addFatal(stopped.finding);
    else tally.findings.push(stopped.finding);
    from = stopped.finding.index + 1;
    if (tally.findings.length >= maxFindings) break;
  }
  const result = tally.result();
  if (result.memoryGrowthMb <= growthMb) return result;
  const what = `memory grew by ${result.memoryGrowthMb.toFixed(0)} MB`;
  return { ...result, findings: [...result.findings, { index: -1, what }] };
}

interface Limits {
  readonly deadlineMs: number;
  readonly memoryMb: number;
}

interface Stopped {
  readonly finding: FuzzFinding;
  /** Whether the file was not read to its end. */
  readonly isFatal: boolean;
}

/** Undefined when the child read all its files; otherwise the file that ended it. */
function runChild(task: FuzzTask, { deadlineMs, memoryMb }: Limits, tally: Tally): Promise<Stopped | undefined> {
  const child: ChildProcess = fork(fileURLToPath(new URL("./fuzz-child.js", import.meta.url)), {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  tally.startChild();
  return new Promise((resolve, reject) => {
    let hasStarted = false;
    let current = task.from;
    let done = task.from;
    let reason: string | undefined;
    let timer = setTimeout(stop, startMs);
    let since = { wall: 0, cpuMs: 0 };
    const end = (what: string) => {
      reason ??= what;
      child.kill("SIGKILL");
    };
    function stop(): void {
      const { wall, cpuMs } = since;
      const isStarved = hasStarted && (cpuMsOf(child.pid) ?? Number.POSITIVE_INFINITY) - cpuMs < deadlineMs;
      if (isStarved && performance.now() - wall < 20 * deadlineMs) {
        timer = setTimeout(stop, deadlineMs / 5);
        return;
      }
      end(`took more than ${deadlineMs / 1000} s`);
    }
    const watch = setInterval(() => {
      const resident = residentMbOf(child.pid);
      if (hasStarted && resident > memoryMb) end(`took ${resident.toFixed(0)} MB of memory`);
    }, watchMs);
    child.on("message", (raw) => {
      const message = raw as FuzzMessage;
      clearTimeout(timer);
      if (message.kind === "broken") {
        child.kill("SIGKILL");
        reject(new Error(`the ${task.reader} reader's fuzzer broke: ${message.what}`));
        return;
      }
      hasStarted = true;
      if (message.kind === "start") {
        current = message.index;
        since = { wall: performance.now(), cpuMs: cpuMsOf(child.pid) ?? 0 };
        timer = setTimeout(stop, deadlineMs);
        return;
      }
      if (reason !== undefined) return;
      tally.add(message);
      done = message.index + 1;
      // A process keeps its highest mark, so the next file needs another one.
      if (message.peakMb > memoryMb) end(`took ${message.peakMb.toFixed(0)} MB of memory`);
      timer = setTimeout(stop, startMs);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      clearInterval(watch);
      const isFatal = done <= current;
      if (done >= task.to && reason === undefined) resolve(undefined);
      else if (!hasStarted) reject(new Error(`the ${task.reader} reader's process did not start: ${code ?? signal}`));
      else {
        const what = reason ?? `ended the process (${signal ?? `exit code ${code}`})`;
        resolve({ finding: { index: current, what }, isFatal });
      }
    });
    child.send(task);
  });
}
