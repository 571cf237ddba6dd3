// What set-up says: one line per step, and one message for a failure (what, why, what to do).

/** A step that cannot go on. `fix` is a command or an action that mends it. */
export class SetupError extends Error {
  /**
   * @param {string} what what could not be done
   * @param {{ why: string, fix: string, cause?: unknown }} detail
   */
  constructor(what, { why, fix, cause }) {
    super(what, { cause });
    this.why = why;
    this.fix = fix;
  }
}

/**
 * Prints `name` and what was found or done.
 * @param {string} name
 * @param {string} text
 */
export function step(name, text) {
  console.log(`  ${name.padEnd(9)} ${text}`);
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
