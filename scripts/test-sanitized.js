// The training engine's tests, and hostile calls of its operators, on an addon built with AddressSanitizer and
// UndefinedBehaviorSanitizer: npm run test:sanitize. A read or write outside a tensor, or an overflow, ends the process
// and so the test. Takes minutes, most of them for the build; `npm test` leaves it out.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { failureText } from "./setup/report.js";
import { projectRoot } from "./setup/run-setup.js";
import { provideSanitizedAddon } from "./setup/sanitizers.js";
import { filesBelow } from "./setup/stamp.js";

const dist = join(projectRoot, "dist");

try {
  process.exitCode = await runAll(await provideSanitizedAddon(projectRoot));
} catch (thrown) {
  console.error(failureText(thrown));
  process.exitCode = 1;
}

/** @param {Readonly<Record<string, string>>} sanitizers environment */
async function runAll(sanitizers) {
  const compiler = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
  if ((await node([compiler, "-b", projectRoot], {})) !== 0) return 1;
  const files = await filesBelow(join(dist, "src"), (name) => name.endsWith(".test.js"));
  const engineTests = [];
  for (const file of files) if (await usesEngine(file)) engineTests.push(relative(dist, file));
  const operators = ["--test-name-pattern=operators", join("bench", "fuzz", "fuzz-reader.test.js")];
  const tests = (await node(["--enable-source-maps", "--test", ...engineTests], sanitizers)) === 0;
  const hostile = (await node(["--test", ...operators], sanitizers)) === 0;
  return tests && hostile ? 0 : 1;
}

/**
 * Whether a test calls the engine itself; whole trainings from the command line would only repeat it, slowly.
 * @param {string} file
 */
async function usesEngine(file) {
  const folder = relative(join(dist, "src"), file);
  if (folder.startsWith("tensor")) return true;
  return (
    folder.startsWith("training") && /\/tensor\/|network\.js|trainer\.js|fused-/.test(await readFile(file, "utf8"))
  );
}

/**
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} environment
 * @returns {Promise<number>} the exit code
 */
function node(args, environment) {
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: dist, env, stdio: "inherit" });
    child.on("error", () => resolve(1));
    child.on("close", (code) => resolve(code ?? 1));
  });
}
