// The signals that end a server: the first asks it to finish, the second ends the process.

const signals = ["SIGINT", "SIGTERM"] as const;
/** What a shell reports for a process that a signal ended. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Resolves with the first signal; one more, until the process ends by itself, ends it at once. */
export function nextStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const first = (signal: NodeJS.Signals) => {
      for (const other of signals) {
        process.removeListener(other, first);
        process.once(other, () => process.exit(exitCodes[other]));
      }
      resolve(signal);
    };
    for (const signal of signals) process.once(signal, first);
  });
}

/**
 * Ends the process after a time, whatever still keeps it: a decoder or a model that hangs cannot be asked to stop. A process
 * that has nothing left to do ends earlier, by itself.
 */
export function endAfter(graceMs: number, signal: NodeJS.Signals): void {
  setTimeout(() => process.exit(exitCodes[signal as keyof typeof exitCodes]), graceMs).unref();
}
