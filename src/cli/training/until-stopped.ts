// Ctrl-C and termination signals for work that keeps what it has done: the first asks it to stop, a second ends the process.

const signals = ["SIGINT", "SIGTERM"] as const;

/** @param onStop is told when the first signal comes */
export async function untilStopped<T>(onStop: () => void, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const leave = () => {
    for (const name of signals) process.removeListener(name, interrupt);
  };
  const interrupt = () => {
    leave(); // the next one does what the system does
    onStop();
    stop.abort();
  };
  for (const name of signals) process.once(name, interrupt);
  return work(stop.signal).finally(leave);
}
