// Turns whatever a command threw into one clear message and an exit code.
// 0: done. 1: the work failed. 2: the command line was wrong. 130: stopped with Ctrl-C.
import { AppError, type ErrorCode } from "../inference.js";
import { messageFor } from "./hints.js";
import { printNote, type Terminal } from "./terminal.js";
import { visible } from "./visible.js";

/** What a user's Ctrl-C ends with. */
const stops: readonly ErrorCode[] = ["ABORTED", "TRAINING_INTERRUPTED"];

/** What helps whoever looks into the fault. */
const issuesHint = 'Please report it with the command you ran and the output of "npx pneumoscope doctor".';

/**
 * Writes the message of `thrown` to stderr and gives the exit code.
 * The stack is shown only when the environment variable DEBUG is set.
 */
export function reportFailure(thrown: unknown, terminal: Terminal): number {
  if (isStop(thrown)) return 130;
  if ((thrown as { readonly code?: unknown } | null)?.code === "EPIPE") return 0; // the reader, such as `head`, has what it wanted
  if (thrown instanceof AppError) {
    printNote(terminal, `pneumoscope: ${thrown.code}: ${visible(messageFor(thrown))}`);
  } else {
    const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    printNote(terminal, `pneumoscope: something went wrong that should not: ${message}\n${issuesHint}`);
    if (!wantsStack(terminal)) printNote(terminal, "Set DEBUG=1 to see where it happened.");
  }
  if (wantsStack(terminal)) printNote(terminal, stackOf(thrown));
  return thrown instanceof AppError && stops.includes(thrown.code) ? 130 : 1;
}

function isStop(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "AbortError";
}

function wantsStack(terminal: Terminal): boolean {
  const debug = terminal.env.DEBUG;
  return debug !== undefined && debug !== "" && debug !== "0";
}

/** The stack with those of all causes below it. */
function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = thrown.stack ?? thrown.message;
  return thrown.cause === undefined ? own : `${own}\ncaused by: ${stackOf(thrown.cause)}`;
}
