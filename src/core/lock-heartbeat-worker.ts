// The thread that shows others that a lock's holder lives: every few seconds it writes the lock's first byte again, which
// moves the time of modification by the file system's own clock. A thread, because a training step blocks the event loop of
// its own for longer than that.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

export interface HeartbeatData {
  readonly path: string;
  /** What the lock holds as long as it is ours. */
  readonly text: string;
  readonly everyMs: number;
}

const { path, text, everyMs } = workerData as HeartbeatData;

/** Of a lock that is gone, or another's by now, nothing is touched: the holder finds out by itself. */
function beat(): void {
  try {
    if (readFileSync(path, "utf8") !== text) return;
    const file = openSync(path, "r+");
    try {
      writeSync(file, text.slice(0, 1), 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // A share that is away for a moment may be back at the next beat.
  }
}

const timer = setInterval(beat, everyMs);
parentPort?.once("message", () => {
  clearInterval(timer);
  parentPort?.close();
});
