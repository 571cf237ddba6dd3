// Starts a process and ends it with SIGKILL at a random moment: after a random time, or a moment after it has changed
// something in its folder, because between two writes is where something could be lost.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type FSWatcher, watch } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Pace, Start } from "./scenario.js";

export type Moment =
  | { readonly kind: "time"; readonly ms: number }
  /** So many milliseconds after the so-and-so-many-th change. */
  | { readonly kind: "write"; readonly changes: number; readonly ms: number };

export interface Ended extends Pace {
  /** False where the process had come to its end before its moment. */
  readonly isKilled: boolean;
  readonly code: number | null;
  readonly output: string;
}

export const program = fileURLToPath(new URL("../../../bin/pneumoscope.js", import.meta.url));

/** Longer than anything here takes on a busy machine: a process that hangs is a finding, not a wait for ever. */
const longestMs = 180_000;

/**
 * @param moment null: the process is left alone
 * @param stop when it fires, the process is told to stop, as Ctrl-C does
 */
export async function runAndKill(start: Start, moment: Moment | null, stop?: AbortSignal): Promise<Ended> {
  const begun = performance.now();
  const changes = new Changes(start.folder);
  const child = spawn(process.execPath, [start.script, ...start.args], { stdio: ["ignore", "pipe", "pipe"] });
  stop?.addEventListener("abort", () => child.kill("SIGINT"), { once: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const closed = once(child, "close");
  const over = new AbortController();
  const work = start.meanwhile?.(() => output, over.signal).catch(() => undefined);
  const kill = moment === null ? waitFor(longestMs, over.signal) : momentIn(changes, moment, over.signal);
  const isDue = await Promise.race([closed.then(() => false), kill.then(() => true)]);
  const isKilled = isDue && child.exitCode === null && child.signalCode === null;
  if (isKilled) child.kill("SIGKILL");
  await closed;
  over.abort();
  changes.close();
  await work;
  return { isKilled, code: child.exitCode, output, elapsedMs: performance.now() - begun, changes: changes.count };
}

const waitFor = (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal }).catch(() => undefined);

async function momentIn(changes: Changes, moment: Moment, signal: AbortSignal): Promise<void> {
  if (moment.kind === "write") await Promise.race([changes.reach(moment.changes), waitFor(longestMs, signal)]);
  await waitFor(moment.ms, signal);
}

/** Counts what changes below a folder. */
class Changes {
  count = 0;
  readonly #watcher: FSWatcher;
  #awaited: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(folder: string) {
    this.#watcher = watch(folder, { recursive: true });
    this.#watcher.on("error", () => undefined); // a folder below that vanished meanwhile
    this.#watcher.on("change", () => {
      this.count++;
      if (this.count === this.#awaited?.count) this.#awaited.resolve();
    });
  }

  reach(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = { count, resolve };
    });
  }

  close(): void {
    this.#watcher.close();
  }
}
