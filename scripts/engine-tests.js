// The training engine's tests, and hostile calls of its operators, on an addon other than the one in build/native.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { projectRoot } from "./setup/run-setup.js";
import { filesBelow } from "./setup/stamp.js";

const dist = join(projectRoot, "dist");

/**
 * @param {Readonly<Record<string, string>>} environment PNEUMOSCOPE_ENGINE, and what else the addon needs
 * @returns {Promise<number>} the exit code
 */
export async function testEngine(environment) {
  const compiler = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
  if ((await node([compiler, "-b", projectRoot], {})) !== 0) return 1;
  const files = await filesBelow(join(dist, "src"), (name) => name.endsWith(".test.js"));
  const engineTests = [];
  for (const file of files) if (await usesEngine(file)) engineTests.push(relative(dist, file));
  const operators = ["--test-name-pattern=operators", join("bench", "fuzz", "fuzz-reader.test.js")];
  const tests = (await node(["--enable-source-maps", "--test", ...engineTests], environment)) === 0;
  const hostile = (await node(["--test", ...operators], environment)) === 0;
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
