// Installing system packages with apt on Debian and Ubuntu, as root or, once that is allowed (consent.js), through a
// password-less sudo.
import { existsSync } from "node:fs";
import { lastLines, run } from "./command.js";
import { mayInstall } from "./consent.js";
import { formatSeconds, SetupError, step } from "./report.js";

/**
 * How apt can be used here: the words before "apt-get", or undefined when it cannot.
 * @returns {Promise<readonly string[] | undefined>}
 */
export async function aptPrefix() {
  if (!existsSync("/usr/bin/apt-get")) return undefined;
  if (process.getuid?.() === 0) return ["env"];
  const sudo = await run("sudo", ["-n", "true"]);
  return sudo.code === 0 ? ["sudo", "-n", "env"] : undefined;
}

let listsAreFresh = false;

/**
 * Refreshes apt's lists once per set-up. Failing is no error: the lists that are there may do.
 * @param {readonly string[]} prefix
 */
async function refreshLists(prefix) {
  if (listsAreFresh) return;
  listsAreFresh = true;
  step("system", "refreshing package lists (apt-get update) ...");
  await run(/** @type {string} */ (prefix[0]), [...prefix.slice(1), "apt-get", "update", "-q"]);
}

/**
 * The version apt would install, or undefined when it knows no such package. Refreshes apt's lists, so ask first.
 * @param {string} name
 * @param {readonly string[]} prefix
 */
export async function aptCandidate(name, prefix) {
  await refreshLists(prefix);
  const policy = await run("apt-cache", ["policy", name], { env: { ...process.env, LC_ALL: "C" } });
  const version = /Candidate: (\S+)/.exec(policy.stdout)?.[1];
  return version === "(none)" ? undefined : version;
}

/**
 * Installs packages.
 * @param {readonly string[]} names
 * @param {string} purpose completes "needed for ..."
 * @param {readonly string[] | undefined} prefix from `aptPrefix`
 */
export async function aptInstall(names, purpose, prefix) {
  const byHand = `sudo apt-get update && sudo apt-get install -y ${names.join(" ")}`;
  if (prefix === undefined) {
    throw new SetupError(`${names.join(", ")} is not installed.`, {
      why: `it is needed for ${purpose}, and this user may not install packages (not root, and sudo asks for a password).`,
      fix: `${byHand} && npm run setup`,
    });
  }
  if (!(await mayInstall({ packages: names, purpose }, prefix))) {
    throw new SetupError(`${names.join(", ")} is not installed.`, {
      why: `it is needed for ${purpose}, and installing it with sudo was not allowed.`,
      fix: `PNEUMOSCOPE_SETUP_YES=1 npm run setup, or by hand: ${byHand} && npm run setup`,
    });
  }
  await refreshLists(prefix);
  step("system", `installing ${names.join(", ")} with apt ...`);
  const started = Date.now();
  const [program, ...first] = /** @type {[string, ...string[]]} */ (prefix);
  const result = await run(program, [
    ...first,
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "install",
    "-y",
    "-q",
    "--no-install-recommends",
    ...names,
  ]);
  if (result.code !== 0) {
    throw new SetupError(`${names.join(", ")} could not be installed.`, {
      why: `it is needed for ${purpose}, but apt-get ended with code ${result.code}:\n${lastLines(result.output)}`,
      fix: `mend what apt says above (often: no network), then run: ${byHand} && npm run setup`,
    });
  }
  step("system", `installed ${names.join(", ")} in ${formatSeconds(Date.now() - started)}`);
}
