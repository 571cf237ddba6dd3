// Installs the npm packages when node_modules is not what package-lock.json says.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { lastLines, run } from "./command.js";
import { formatSeconds, SetupError, step } from "./report.js";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockEntry */

/**
 * Runs `npm ci` unless the installed packages match the lock file.
 * @param {string} root the project's folder
 */
export async function provideNpmPackages(root) {
  const lock = await readPackages(join(root, "package-lock.json"));
  if (lock === undefined) {
    throw new SetupError("package-lock.json cannot be read.", {
      why: "the exact package versions are written there.",
      fix: "git checkout package-lock.json",
    });
  }
  if (isInstalled(lock, await readPackages(join(root, "node_modules", ".package-lock.json")), root)) {
    step("packages", `${Object.keys(lock).length - 1} npm packages, as package-lock.json says`);
    return;
  }
  step("packages", "installing npm packages (npm ci) ...");
  const started = Date.now();
  // onnxruntime-node would otherwise fetch CUDA libraries wherever it sees nvcc.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL_CUDA: "skip" };
  const npmScript = process.env.npm_execpath;
  const [program, first] =
    npmScript?.endsWith(".js") === true ? [process.execPath, [npmScript]] : [/** @type {string} */ ("npm"), []];
  // No package needs its install script here. (In .npmrc this would also keep `npm pack` from building what it packs.)
  const result = await run(program, [...first, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: root,
    env,
  });
  if (result.code !== 0) {
    throw new SetupError("the npm packages could not be installed.", {
      why: `npm ci ended with code ${result.code}:\n${reasonOf(result.output)}`,
      fix: "check the network connection (npm ping), then run: npm run setup",
    });
  }
  step("packages", `installed in ${formatSeconds(Date.now() - started)}`);
}

/**
 * npm says its reason first and its usage after it.
 * @param {string} output
 */
function reasonOf(output) {
  const errors = output.split("\n").filter((line) => /^npm (error|ERR!) \S/.test(line));
  return errors.length > 0 ? errors.slice(0, 8).join("\n") : lastLines(output);
}

/**
 * Whether every package of the lock is installed in its version, and no other.
 * @param {Record<string, LockEntry>} lock
 * @param {Record<string, LockEntry> | undefined} installed npm's own record inside node_modules
 * @param {string} root
 */
function isInstalled(lock, installed, root) {
  if (installed === undefined) return false;
  for (const [path, entry] of Object.entries(lock)) {
    if (path === "") continue;
    const found = installed[path];
    if (found === undefined) {
      if (entry.optional === true) continue; // packages for other platforms
      return false;
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity) return false;
    if (!existsSync(join(root, path))) return false;
  }
  return Object.keys(installed).every((path) => path in lock);
}

/**
 * @param {string} path
 * @returns {Promise<Record<string, LockEntry> | undefined>}
 */
async function readPackages(path) {
  try {
    return JSON.parse(await readFile(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}
