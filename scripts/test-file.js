// Some test files alone, for whoever works on them: builds what changed, then runs them. With --watch again after every change.
//   npm run test:file -- src/dataset/split.test.ts        npm run watch -- src/dataset/split.ts
// A source stands for the tests beside it. Everything else that `npm test` does (set-up, lint) is left out.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { projectRoot } from "./setup/run-setup.js";

const dist = join(projectRoot, "dist");
const compiler = [join(projectRoot, "node_modules", "typescript", "bin", "tsc"), "-b", "--preserveWatchOutput"];
const watches = process.argv.includes("--watch");
const named = process.argv.slice(2).filter((word) => word !== "--watch");
const wrong = named.length === 0 ? "no file" : named.find((path) => testOf(path) === undefined);

if (wrong !== undefined) {
  const command = `npm run ${watches ? "watch" : "test:file"} -- src/dataset/split.test.ts`;
  console.error(`${wrong}: a test file is wanted, or a source with tests beside it: ${command}`);
  process.exitCode = 2;
} else if (watches) {
  watch();
} else {
  const built = await ended(spawn(process.execPath, compiler, { cwd: projectRoot, stdio: "inherit" }));
  process.exitCode = built === 0 ? await runTests() : built;
}

/**
 * The compiled tests of a path as the user names it.
 * @param {string} path
 * @returns {string | undefined} inside dist
 */
function testOf(path) {
  const inside = relative(projectRoot, resolve(process.env.INIT_CWD ?? process.cwd(), path));
  if (inside.startsWith(`..${sep}`)) return undefined;
  const test = inside.endsWith(".test.ts") ? inside : inside.replace(/\.ts$/, ".test.ts");
  return test.endsWith(".test.ts") && existsSync(join(projectRoot, test)) ? test.replace(/\.ts$/, ".js") : undefined;
}

/** Runs the tests after every build without errors; changes during a run are run once more after it. */
function watch() {
  const building = spawn(process.execPath, [...compiler, "--watch"], {
    cwd: projectRoot,
    stdio: ["inherit", "pipe", "inherit"],
  });
  let isRunning = false;
  let isDue = false;
  const run = async () => {
    isDue = true;
    if (isRunning) return;
    isRunning = true;
    while (isDue) {
      isDue = false;
      await runTests();
    }
    isRunning = false;
  };
  building.stdout.on("data", (chunk) => {
    process.stdout.write(chunk);
    if (/Found 0 errors/.test(String(chunk))) run();
  });
}

/** @returns {Promise<number>} the exit code */
function runTests() {
  const tests = named.flatMap((path) => testOf(path) ?? []);
  const args = ["--enable-source-maps", "--test", "--test-reporter=spec", ...tests];
  return ended(spawn(process.execPath, args, { cwd: dist, stdio: "inherit" }));
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
function ended(child) {
  return new Promise((resolved) => {
    child.on("error", () => resolved(1));
    child.on("close", (code) => resolved(code ?? 1));
  });
}
