// What of a dataset or of named files was not used, told in one way by every command: counted, the first ones named.
import type { AppError } from "../index.js";
import { count, counted } from "./numbers.js";
import { printNote, type Terminal } from "./terminal.js";
import { visible } from "./visible.js";

const mostNamed = 50;

export interface LeftOut {
  /** Images that could be read. */
  readonly read: number;
  readonly skipped: readonly { readonly name: string; readonly error: AppError }[];
  /** Entries that were not taken for images. */
  readonly unused: readonly { readonly name: string; readonly reason: string }[];
  /** Where those beyond the first fifty stand, such as "--json names all". */
  readonly rest: string;
}

/** Prints nothing when everything was used. */
export function printLeftOut(terminal: Terminal, { read, skipped, unused, rest }: LeftOut): void {
  const first = unused[0];
  if (first !== undefined) {
    const entries = counted(unused.length, "entry", "entries");
    printNote(terminal, `${entries} of the dataset not used, such as ${visible(first.name)}: ${first.reason}.`);
  }
  if (skipped.length === 0) return;
  printNote(terminal, `${counted(skipped.length, "image")} of ${count(read + skipped.length)} skipped:`);
  for (const { name, error } of skipped.slice(0, mostNamed)) printNote(terminal, `  ${visible(name)}: ${error.code}`);
  if (skipped.length > mostNamed) printNote(terminal, `  and ${count(skipped.length - mostNamed)} more; ${rest}.`);
}

/** Nothing where decoded images are kept. */
export function printCacheProblem(terminal: Terminal, problem: string | undefined): void {
  if (problem === undefined) return;
  printNote(terminal, `Decoded images are not kept, the next run decodes them again: ${visible(problem)}`);
}
