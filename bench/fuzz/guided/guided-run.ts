// The parent of a coverage-guided run: starts the child again behind a file that ended it, and counts.
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { residentMbOf } from "../process-memory.js";
import { cpuMsOf } from "../process-time.js";
import { type FuzzResult, Tally } from "../tally.js";
import type { GuidedMessage, GuidedTask } from "./guided-child.js";

/** Those whose bytes our own JavaScript takes apart in the same thread, where V8 counts. */
export const guidedReaders = [
  "jpeg in the page",
  "png in the page",
  "dicom in the page",
  "onnx",
  "tfjs",
  "predictions.csv",
  "history.csv",
  "args.json",
] as const;

export interface GuidedOptions {
  readonly reader: string;
  readonly corpus: string;
  readonly first: number;
  readonly count: number;
  readonly deadlineMs?: number;
  readonly memoryMb?: number;
  /** Told of every finding, while its file is there. */
  readonly keep: (file: string, index: number) => Promise<void>;
}

export interface GuidedResult extends FuzzResult {
  readonly covered: number;
  readonly corpus: number;
}

const maxFindings = 20;

export async function runGuided(options: GuidedOptions): Promise<GuidedResult> {
  const { reader, corpus, first, count } = options;
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-guided-"));
  const tally = new Tally(reader, Math.ceil(count / 10), () => false);
  let learnt = { covered: 0, corpus: 0 };
  try {
    for (let from = first; from < first + count && tally.findings.length < maxFindings; ) {
      const task = { reader, corpus, current: join(folder, "current"), seed: 1, from, to: first + count };
      tally.startChild();
      const ended = await runChild(task, options, tally);
      learnt = ended.learnt ?? learnt;
      from = ended.next;
    }
    return { ...tally.result(), ...learnt };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Ended {
  readonly next: number;
  readonly learnt?: { readonly covered: number; readonly corpus: number };
}

function runChild(task: GuidedTask, options: GuidedOptions, tally: Tally): Promise<Ended> {
  const { deadlineMs = 5000, memoryMb = 1024, keep } = options;
  const child = fork(fileURLToPath(new URL("./guided-child.js", import.meta.url)), {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  return new Promise((resolve, reject) => {
    let current = task.from - 1;
    let isReading = false;
    let began = { wall: performance.now(), cpuMs: 0 };
    let reason: string | undefined;
    let ended: Ended | undefined;
    const findings = new Map<number, string>();
    const end = (what: string) => {
      reason ??= what;
      child.kill("SIGKILL");
    };
    const watch = setInterval(() => {
      const resident = residentMbOf(child.pid);
      if (isReading && resident > memoryMb) end(`took ${resident.toFixed(0)} MB of memory`);
      const spent = (cpuMsOf(child.pid) ?? Number.POSITIVE_INFINITY) - began.cpuMs;
      const waited = performance.now() - began.wall;
      if (isReading && waited > deadlineMs && (spent > deadlineMs || waited > 20 * deadlineMs)) {
        end(`took more than ${deadlineMs / 1000} s`);
      }
    }, 100);
    child.on("message", (raw) => {
      const message = raw as GuidedMessage;
      switch (message.kind) {
        case "begin":
          current = message.index;
          isReading = true;
          began = { wall: performance.now(), cpuMs: cpuMsOf(child.pid) ?? 0 };
          break;
        case "finding":
          if (message.index < 0) reject(new Error(message.what));
          else findings.set(message.index, message.what);
          break;
        case "read": {
          isReading = false;
          const { index, ms, accepted, peakMb } = message;
          const thrown = findings.get(index);
          const outcome = thrown === undefined ? (accepted ? "accepted" : "refused") : undefined;
          tally.add({ kind: "end", index, ms, cpuMs: 0, outcome, peakMb, ...(thrown === undefined ? {} : { thrown }) });
          break;
        }
        case "end":
          ended = { next: task.to, learnt: message };
          break;
        default:
          message satisfies never;
      }
    });
    child.on("close", async (code, signal) => {
      clearInterval(watch);
      if (ended !== undefined) return resolve(ended);
      if (current < task.from) return reject(new Error(`the ${task.reader} reader did not start: ${code ?? signal}`));
      tally.addFatal({ index: current, what: reason ?? `ended the process (${signal ?? `exit code ${code}`})` });
      await keep(task.current, current);
      resolve({ next: current + 1 });
    });
    child.send(task);
  });
}
