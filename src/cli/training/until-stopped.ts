// Ctrl-C and termination signals for work that keeps what it has done: the first asks it to stop, a second ends the process.

/** @param onStop is told when the first signal comes */
export async function untilStopped<T>(onStop: () => void, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => {
    onStop();
    stop.abort();
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
  }
}
