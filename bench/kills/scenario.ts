// What a command that is killed looks like to the kills: a chain of starts in one place, each of which goes on where the
// last one was ended, and what must hold after each end.

/** A process to be started: this Node.js with a script of ours. */
export interface Start {
  readonly script: string;
  readonly args: readonly string[];
  /** Below this folder the process writes; some kills wait for a change in it. */
  readonly folder: string;
  /** For a command that has no end of its own: called while it runs. */
  readonly meanwhile?: (output: () => string, signal: AbortSignal) => Promise<void>;
}

export interface Chain {
  /** The next start; the first one begins, later ones go on. */
  next(): Start;
  /** @param output everything that the killed process had said. @returns what is wrong with what it left, in words */
  inspect(output: string): Promise<readonly string[]>;
  /** Lets the command come to its end and compares it with a run that was left alone. @returns what is wrong, in words */
  conclude(): Promise<readonly string[]>;
}

export interface Scenario {
  readonly name: string;
  /** Share of all kills. */
  readonly weight: number;
  /** Makes the data and the undisturbed run; once. @param place an empty folder of its own */
  open(place: string): Promise<OpenScenario>;
}

/** Of an undisturbed start, about: moments are drawn within it. */
export interface Pace {
  readonly elapsedMs: number;
  /** In its folder; 0 for one that only reads. */
  readonly changes: number;
}

export interface OpenScenario {
  readonly pace: Pace;
  /** @param place an empty folder of its own @param number tells chains apart: a scenario may have several kinds */
  begin(place: string, number: number): Promise<Chain>;
  close?(): Promise<void>;
}
