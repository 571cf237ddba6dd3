// Whether system packages may be installed through sudo. Root has been given the machine (a container, CI) and goes on;
// everybody else is told what would be installed and asked, on a terminal, through PNEUMOSCOPE_SETUP_YES=1, or by whoever
// called the set-up from code. Nothing is run with sudo before.
import { AsyncLocalStorage } from "node:async_hooks";
import { createInterface } from "node:readline/promises";
import { step } from "./report.js";

/**
 * What would be installed, and for what.
 * @typedef {{ readonly packages: readonly string[], readonly purpose: string }} InstallRequest
 */
/** @typedef {(request: InstallRequest) => Promise<boolean>} AskForConsent */

/** @type {AsyncLocalStorage<{ ask: AskForConsent, answers: Map<string, Promise<boolean>> }>} */
const asking = new AsyncLocalStorage();
/** @type {Map<string, Promise<boolean>>} */
const ownAnswers = new Map();

/**
 * Runs `work`, whose questions go to `ask`.
 * @template T
 * @param {AskForConsent} ask
 * @param {() => Promise<T>} work
 */
export function withConsent(ask, work) {
  return asking.run({ ask, answers: new Map() }, work);
}

/**
 * Each question is asked once.
 * @param {InstallRequest} request
 * @param {readonly string[]} prefix from `aptPrefix`
 * @returns {Promise<boolean>}
 */
export async function mayInstall(request, prefix) {
  if (!prefix.includes("sudo")) return true;
  if (process.env.PNEUMOSCOPE_SETUP_YES === "1") return true;
  const { ask, answers } = asking.getStore() ?? { ask: askOnTerminal, answers: ownAnswers };
  const key = request.packages.join(" ");
  const answer = answers.get(key) ?? ask(request);
  answers.set(key, answer);
  return await answer;
}

/** @param {InstallRequest} request */
function questionText({ packages, purpose }) {
  return `sudo apt-get install ${packages.join(" ")}: needed for ${purpose}. Install?`;
}

/**
 * Without a terminal nobody can answer: that is a no.
 * @type {AskForConsent}
 */
async function askOnTerminal(request) {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    step("system", `not asked, for want of a terminal: ${questionText(request)}`);
    return false;
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await lines.question(`  system    ${questionText(request)} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
