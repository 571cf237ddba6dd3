// A time limit that a busy machine does not spend: it is over when the process has computed for that long, not merely
// waited for its turn beside other programs. Wall-clock time limits it too, far later, for a thread that waits forever.
import { performance } from "node:perf_hooks";

/** How many times the limit may pass by the wall clock. */
const patience = 15;

/** Where a deadline reads the time, in milliseconds from any start. */
export interface DeadlineClocks {
  readonly wallMs: () => number;
  /** Of all threads of this process together. */
  readonly processorMs: () => number;
}

const ownClocks: DeadlineClocks = {
  wallMs: () => performance.now(),
  processorMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/**
 * Calls `expire` once `limitMs` are over by both clocks, or 15 times as many by the wall's alone.
 * @returns what ends the waiting
 */
export function startDeadline(limitMs: number, expire: () => void, clocks: DeadlineClocks = ownClocks): () => void {
  const [wallStart, processorStart] = [clocks.wallMs(), clocks.processorMs()];
  const look = (): void => {
    const computed = clocks.processorMs() - processorStart;
    if (computed >= limitMs || clocks.wallMs() - wallStart >= patience * limitMs) expire();
    else timer = setTimeout(look, Math.max(10, Math.min(1000, limitMs - computed)));
  };
  let timer = setTimeout(look, limitMs);
  return () => clearTimeout(timer);
}
