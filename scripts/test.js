// The test run: lint, types, then every test file. Set-up comes before it (`npm test` runs both).
// Test files are named one by one, because a folder as argument means different things to Node 20 and later ones.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { provideChromium } from "./setup/chromium.js";
import { projectRoot } from "./setup/run-setup.js";
import { filesBelow } from "./setup/stamp.js";

const dist = join(projectRoot, "dist");
const module = (/** @type {string} */ name) => join(projectRoot, "node_modules", ...name.split("/"));

/**
 * Tests that end processes or wait for them can fail where a machine stalls: so few files are run once more, alone. More of
 * them failing is no chance.
 */
const mostAgain = 3;

process.exitCode = await runAll();

/** Stops at the first part that fails, so that the last lines on the screen are about it. */
async function runAll() {
  console.log("lint");
  const lint = [module("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."];
  if ((await show(lint, projectRoot)) !== 0) return failed("lint", "npm run format mends most of it");

  console.log("types");
  const tsc = module("typescript/bin/tsc");
  if ((await show([tsc, "-b"], projectRoot)) !== 0) return failed("the type check", "mend the lines above");
  for (const part of ["scripts", "web", "web/service-worker"]) {
    if ((await show([tsc, "-p", part], projectRoot)) !== 0) {
      return failed(`the type check of ${part}/`, "mend the lines above");
    }
  }

  await provideChromium();
  console.log("tests");
  const all = await filesBelow(dist, (name) => name.endsWith(".test.js"));
  const tests = all.map((path) => relative(dist, path)).filter(hasSource);
  // Node leaves one core free by itself, which halves the pace of a machine with two.
  const first = await runTests(tests, availableParallelism());
  if (first.code === 0 || first.failed.length === 0 || first.failed.length > mostAgain) return first.code;
  console.log(`\nAgain, with nothing beside them: ${first.failed.join(", ")}`);
  const second = await runTests(first.failed, 1);
  if (second.code !== 0) return second.code;
  console.log(`\nPassed when run again. What fails beside other tests should be mended: ${first.failed.join(", ")}`);
  return 0;
}

/**
 * @param {readonly string[]} tests inside dist
 * @param {number} concurrency files at a time
 * @returns {Promise<{ code: number, failed: readonly string[] }>}
 */
async function runTests(tests, concurrency) {
  const place = mkdtempSync(join(tmpdir(), "pneumoscope-tests-"));
  const list = join(place, "failed");
  // "spec" repeats every failure after the last test; TAP, which Node 20 writes into a file, leaves it among thousands.
  const screen = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  const reporter = pathToFileURL(join(projectRoot, "scripts", "test", "failed-files.js"));
  const files = [`--test-reporter=${reporter}`, `--test-reporter-destination=${list}`];
  const options = ["--enable-source-maps", "--test", `--test-concurrency=${concurrency}`, ...screen, ...files];
  const code = await show([...options, ...tests], dist);
  const failed = existsSync(list) ? readFileSync(list, "utf8").split("\n").filter(Boolean) : [];
  rmSync(place, { recursive: true });
  return { code, failed: [...new Set(failed.map(compiled))] };
}

/**
 * A test's path inside dist; source maps give its TypeScript's, an error while it is loaded its own.
 * @param {string} path
 */
function compiled(path) {
  return path.endsWith(".ts") ? relative(projectRoot, path).replace(/\.ts$/, ".js") : relative(dist, path);
}

/**
 * Whether the TypeScript of a compiled test still exists.
 * @param {string} path inside dist
 */
function hasSource(path) {
  return existsSync(join(projectRoot, path.replace(/\.js$/, ".ts")));
}

/**
 * Runs Node with these arguments, its output on this terminal.
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<number>} its exit code
 */
function show(args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, stdio: "inherit" });
    child.on("error", () => resolve(1));
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/**
 * @param {string} part
 * @param {string} remedy
 */
function failed(part, remedy) {
  console.error(`\nTests stopped: ${part} failed. What to do: ${remedy}, then run: npm test`);
  return 1;
}
