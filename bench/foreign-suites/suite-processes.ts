// Sends files to child processes, a few at a time, and replaces the child that a file breaks or keeps too long.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startDeadline } from "../../src/core/work-deadline.js";
import { cpuMsOf } from "../fuzz/process-time.js";
import type { FileResult } from "./outcome.js";
import type { Reference } from "./reference-index.js";
import type { SuiteTask } from "./suite-child.js";

export interface SuiteOptions {
  readonly folder: string;
  readonly processes: number;
  /** For both readings of a file, of computing: a busy machine does not spend it. */
  readonly timeLimitMs: number;
  onResult(result: FileResult): void;
}

/** Results in the order of the references. @throws Error where a file is missing or no longer the reference's */
export async function readSuites(references: readonly Reference[], options: SuiteOptions): Promise<FileResult[]> {
  const results = new Array<FileResult>(references.length);
  const waiting = references.entries();
  const work = async (): Promise<void> => {
    let child: ChildProcess | undefined;
    // Both loops take from the one iterator, so each file is taken once.
    for (const [i, reference] of waiting) {
      child ??= startChild();
      const result = await resultOf(child, { folder: options.folder, reference }, options.timeLimitMs);
      if (result.node.kind === "failed" && !child.connected) child = undefined;
      results[i] = result;
      options.onResult(result);
    }
    child?.kill();
  };
  await Promise.all(Array.from({ length: options.processes }, work));
  return results;
}

function startChild(): ChildProcess {
  return fork(fileURLToPath(new URL("./suite-child.js", import.meta.url)), {
    serialization: "advanced", // differences may be infinite
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

function resultOf(child: ChildProcess, task: SuiteTask, timeLimitMs: number): Promise<FileResult> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    let printed = "";
    let isLate = false;
    const processorMs = () => cpuMsOf(child.pid) ?? performance.now();
    const onLate = () => {
      isLate = true;
      child.kill("SIGKILL");
    };
    const endDeadline = startDeadline(timeLimitMs, onLate, { wallMs: () => performance.now(), processorMs });
    const onPrinted = (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-2000);
    };
    const onMessage = (result: FileResult) => {
      end();
      resolve(result);
    };
    const onClose = (code: number | null, signal: string | null) => {
      end();
      const ms = Math.round(performance.now() - start);
      const what = isLate ? `takes longer than ${timeLimitMs / 1000} s` : `ends the process (${signal ?? code})`;
      // An exception of the bench itself ends with code 1 and says why.
      if (code === 1) reject(new Error(printed));
      const failed = { kind: "failed", ms, what } as const;
      resolve({ reference: task.reference, node: failed, page: failed });
    };
    const end = () => {
      endDeadline();
      child.off("message", onMessage).off("close", onClose);
      child.stderr?.off("data", onPrinted);
    };
    child.stderr?.on("data", onPrinted);
    child.on("message", onMessage).on("close", onClose);
    child.send(task);
  });
}
