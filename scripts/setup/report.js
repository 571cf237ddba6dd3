// What set-up says: one line per step, and one message for a failure (what, why, what to do).
import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Texts name a checkout's command; an installed package, which has no lock file, has another. */
const isCheckout = existsSync(join(import.meta.dirname, "..", "..", "package-lock.json"));
const withCommand = (/** @type {string} */ text) =>
  isCheckout ? text : text.replaceAll("npm run setup", "npx pneumoscope setup");

/** A step that cannot go on. `fix` is a command or an action that mends it. */
export class SetupError extends Error {
  /**
   * @param {string} what what could not be done
   * @param {{ why: string, fix: string, cause?: unknown }} detail
   */
  constructor(what, { why, fix, cause }) {
    super(what, { cause });
    this.why = why;
    this.fix = withCommand(fix);
  }
}

/** @typedef {{ readonly name: string, readonly text: string }} Step */

/** @type {AsyncLocalStorage<(step: Step) => void>} */
const listeners = new AsyncLocalStorage();

/**
 * Tells of a step: to whoever listens, else on the terminal.
 * @param {string} name
 * @param {string} text what was found or done
 */
export function step(name, text) {
  const listener = listeners.getStore();
  if (listener === undefined) console.log(`  ${name.padEnd(9)} ${text}`);
  else listener({ name, text });
}

/**
 * Runs `work`, whose steps go to `listener`.
 * @template T
 * @param {(step: Step) => void} listener
 * @param {() => Promise<T>} work
 */
export function withSteps(listener, work) {
  return listeners.run(listener, work);
}

/**
 * The message for whatever a step threw.
 * @param {unknown} thrown
 * @returns {string}
 */
export function failureText(thrown) {
  if (thrown instanceof SetupError) {
    const indented = (/** @type {string} */ text) => text.trimEnd().replaceAll("\n", "\n    ");
    return `\nSet-up stopped: ${thrown.message}\n  Why: ${indented(thrown.why)}\n  What to do: ${indented(thrown.fix)}`;
  }
  const detail = thrown instanceof Error ? thrown.stack : String(thrown);
  return `\nSet-up stopped by a fault of its own. Please report it with these lines:\n${detail}`;
}

/**
 * @param {number} milliseconds
 * @returns {string} for instance "12.3 s"
 */
export function formatSeconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
