// What a command may touch of the process it runs in: streams, environment, working folder. Tests hand in their own.
import { AppError } from "../inference.js";
import { foldedFor } from "./hanging-text.js";
import { visibleLines } from "./visible.js";

/** A stream that may be a terminal. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface Terminal {
  /** Results: what a user may pipe into a file or another program. */
  readonly out: OutputStream;
  /** Progress, notes and errors. */
  readonly err: OutputStream;
  /** Where a question's answer comes from; absent where nobody answers. */
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder against which a user's relative paths are resolved. */
  readonly cwd: string;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: process.stdout,
    err: process.stderr,
    get input() {
      return process.stdin; // opened only where something is asked
    },
    env: process.env,
    cwd: process.cwd(),
  };
}

/** Writes one line of a result. */
export function printLine(terminal: Terminal, text = ""): void {
  terminal.out.write(`${visibleLines(text)}\n`);
}

/** Writes a result for machines: one JSON document. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out.write(`${visibleLines(JSON.stringify(value, undefined, 2))}\n`);
}

/** Writes what is not the result: a note, a warning. */
export function printNote(terminal: Terminal, text: string): void {
  terminal.err.write(`${foldedFor(terminal.err, visibleLines(text))}\n`);
}

/**
 * Waits where the reader is slower than the rows come, so that they do not pile up in memory.
 * @throws as `outputError` says, where the text cannot be written
 */
export function writePatiently(stream: OutputStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(outputError(error)) : resolve()));
  });
}

/** A pipe whose reader has closed it (`pneumoscope models | head -1`) is no failure; a full disk is. */
export function outputError(error: Error): Error {
  if ((error as NodeJS.ErrnoException).code === "EPIPE") return error;
  const rule = `cannot be written: ${error.message}`;
  const facts = { place: "standard output", rule, remedy: "Free space or write to another place" };
  return new AppError("FILE_UNWRITABLE", facts, { cause: error });
}
