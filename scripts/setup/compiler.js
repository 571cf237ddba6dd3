// The C++ compiler: `CXX` from the environment, else g++ or clang++, else g++ installed with apt.
import { run } from "./command.js";
import { SetupError, step } from "./report.js";
import { aptInstall, aptPrefix } from "./system-packages.js";

/**
 * @typedef {object} Compiler
 * @property {string} program
 * @property {string} version the first line of `--version`
 */

/**
 * Finds a compiler or installs one.
 * @returns {Promise<Compiler>}
 */
export async function provideCompiler() {
  const explicit = process.env.CXX;
  if (explicit !== undefined && explicit !== "") {
    const found = await probe(explicit);
    if (found !== undefined) return announced(found);
    throw new SetupError(`the C++ compiler "${explicit}" does not run.`, {
      why: "the environment variable CXX names it.",
      fix: "unset CXX, or set it to a compiler that runs, such as g++",
    });
  }
  const found = await firstOnPath();
  if (found !== undefined) return announced(found);
  const prefix = await aptPrefix();
  if (process.platform !== "linux" || (prefix === undefined && !(await isDebianLike()))) {
    throw new SetupError("no C++ compiler was found.", {
      why: "the native addon is compiled on this machine; neither g++ nor clang++ is on the PATH.",
      fix:
        process.platform === "darwin"
          ? "xcode-select --install"
          : "install g++ with your system's package manager (Fedora: sudo dnf install gcc-c++), then run: npm run setup",
    });
  }
  await aptInstall(["g++"], "compiling the native addon", prefix);
  const installed = await firstOnPath();
  if (installed === undefined) {
    throw new SetupError("g++ was installed but does not run.", {
      why: "g++ --version fails.",
      fix: "run g++ --version and mend what it says, then run: npm run setup",
    });
  }
  return announced(installed);
}

async function firstOnPath() {
  const order = process.platform === "darwin" ? ["clang++", "g++"] : ["g++", "clang++"];
  for (const program of order) {
    const found = await probe(program);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * @param {string} program
 * @returns {Promise<Compiler | undefined>}
 */
async function probe(program) {
  const result = await run(program, ["--version"]);
  if (result.code !== 0) return undefined;
  return { program, version: result.stdout.trim().split("\n")[0] ?? "" };
}

async function isDebianLike() {
  return (await run("apt-get", ["--version"])).code === 0;
}

/** @param {Compiler} compiler */
function announced(compiler) {
  step("compiler", compiler.version);
  return compiler;
}
