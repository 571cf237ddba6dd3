// The order of the steps, and the one place where a failed step becomes a message and an exit code.
import { join } from "node:path";
import { buildEngine } from "./build-engine.js";
import { provideNpmPackages } from "./npm-packages.js";
import { buildPageIfChanged } from "./page.js";
import { failureText, formatSeconds, step } from "./report.js";
import { buildTypes } from "./types.js";

export const projectRoot = join(import.meta.dirname, "..", "..");

/**
 * Runs every step; each prints one line.
 * @returns {Promise<number>} the exit code: 0, or 1 after one clear message on stderr
 */
export async function runSetup() {
  const started = Date.now();
  try {
    step("node", process.version);
    await provideNpmPackages(projectRoot);
    await buildEngine(projectRoot);
    await buildTypes(projectRoot);
    await buildPageIfChanged(projectRoot);
    step("ready", `in ${formatSeconds(Date.now() - started)}`);
    return 0;
  } catch (thrown) {
    console.error(failureText(thrown));
    return 1;
  }
}
