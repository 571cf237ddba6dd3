// Finds libtorch, or installs it. The order: the folder PNEUMOSCOPE_LIBTORCH names, an earlier download, the faster of an
// installed Python torch and the system's package; then apt on Debian and Ubuntu, else the official download.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { run } from "./command.js";
import { mayInstall } from "./consent.js";
import { downloadedRoot, downloadLibtorch, wheelForThisMachine } from "./libtorch-download.js";
import { inspectLibtorch, isOlder, oldestLibtorch } from "./libtorch-inspect.js";
import { SetupError, step } from "./report.js";
import { aptCandidate, aptInstall, aptPrefix } from "./system-packages.js";

/** @typedef {import("./libtorch-inspect.js").Libtorch} Libtorch */

/** @type {Readonly<Record<Libtorch["source"], string>>} */
const sourceNames = {
  environment: "named by PNEUMOSCOPE_LIBTORCH",
  download: "official download",
  system: "system package",
  python: "inside an installed Python torch",
};

/**
 * Finds or installs libtorch and, with the system's package, a fast BLAS.
 * @returns {Promise<Libtorch>}
 */
export async function provideLibtorch() {
  const explicit = process.env.PNEUMOSCOPE_LIBTORCH;
  if (explicit !== undefined && explicit !== "") return announced(await explicitLibtorch(explicit));

  const download = await inspectLibtorch(downloadedRoot(), "download");
  if (!("problem" in download)) return announced(download);

  const system = await inspectLibtorch("/usr", "system");
  const python = await pythonLibtorch();
  const hasSystem = !("problem" in system);
  if (python !== undefined && !(hasSystem && isOlder(python.version, faster))) return announced(python);
  if (!hasSystem) return announced(await installLibtorch());
  await provideFastBlas();
  return announced(system);
}

/** Trains a few percent faster than the 1.13 of Debian 12 (bench/results/engine-speed.csv), and may have CUDA. */
const faster = Object.freeze([2, 0]);

async function pythonLibtorch() {
  for (const root of await pythonTorchRoots()) {
    const python = await inspectLibtorch(root, "python");
    if (!("problem" in python)) return python;
    step("libtorch", `passed over: ${python.problem}`);
  }
  return undefined;
}

/** @param {string} folder */
async function explicitLibtorch(folder) {
  const absolute = resolve(folder); // it is written into the addon as the place to load libtorch from
  const nested = [absolute, join(absolute, "torch"), join(absolute, "libtorch")];
  const problems = [];
  for (const root of nested) {
    const found = await inspectLibtorch(root, "environment");
    if (!("problem" in found)) return found;
    problems.push(found.problem);
  }
  throw new SetupError("the libtorch that PNEUMOSCOPE_LIBTORCH names cannot be used.", {
    why: /** @type {string} */ (problems.find((problem) => !problem.startsWith("no ")) ?? problems[0]),
    fix: "set PNEUMOSCOPE_LIBTORCH to a folder that holds include/ and lib/ of libtorch, or unset it and run: npm run setup",
  });
}

async function installLibtorch() {
  const prefix = await aptPrefix();
  const packages = ["libtorch-dev", "libopenblas0-pthread"];
  const purpose = "training (libtorch and a fast BLAS)";
  // Whoever does not want packages on the system gets the official download into the cache folder.
  if (prefix !== undefined && (await mayInstall({ packages, purpose }, prefix))) {
    const candidate = await aptCandidate("libtorch-dev", prefix);
    if (candidate !== undefined && !isOlder(candidate, oldestLibtorch)) {
      await aptInstall(packages, purpose, prefix);
      const installed = await inspectLibtorch("/usr", "system");
      if (!("problem" in installed)) return installed;
      throw new SetupError("libtorch-dev was installed but cannot be used.", {
        why: installed.problem,
        fix: "sudo apt-get install --reinstall libtorch-dev && npm run setup",
      });
    }
  }
  if (wheelForThisMachine() === undefined) {
    throw new SetupError("libtorch was not found.", {
      why: `there is no official libtorch download for ${process.platform} ${process.arch}.`,
      fix: "install PyTorch for Python (pip install torch), or set PNEUMOSCOPE_LIBTORCH to a libtorch folder; then run: npm run setup",
    });
  }
  const root = await downloadLibtorch();
  const found = await inspectLibtorch(root, "download");
  if (!("problem" in found)) return found;
  throw new SetupError("the downloaded libtorch cannot be used.", {
    why: found.problem,
    fix: `rm -r ${root} && npm run setup`,
  });
}

/**
 * Debian's libtorch calls whichever BLAS the system provides. The reference BLAS is about 100 times slower
 * (1.6 against 170 GFLOP/s), so it is never left in place silently.
 */
async function provideFastBlas() {
  if (blasIsFast()) return;
  await aptInstall(["libopenblas0-pthread"], "speed: the BLAS in use is about 100 times slower", await aptPrefix());
  if (blasIsFast()) return;
  throw new SetupError("the system still uses the slow reference BLAS.", {
    why: "libopenblas0-pthread is installed, but libblas.so.3 points elsewhere (update-alternatives).",
    fix: "sudo update-alternatives --auto libblas.so.3-$(gcc -print-multiarch) && npm run setup",
  });
}

function blasIsFast() {
  const folders = readdirSync("/usr/lib").filter((name) => name.endsWith("-linux-gnu"));
  for (const folder of folders) {
    const path = join("/usr/lib", folder, "libblas.so.3");
    if (existsSync(path)) return /openblas|mkl|blis|atlas/i.test(realpathSync(path));
  }
  return true; // a distribution that links its BLAS otherwise
}

/**
 * The folders of installed Python torch packages: of the active environments, then of python3 on the PATH.
 * `find_spec` looks a package up without importing it.
 */
async function pythonTorchRoots() {
  const roots = [];
  for (const environment of [process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX]) {
    if (environment !== undefined && environment !== "") roots.push(...torchBelow(join(environment, "lib")));
  }
  const onPath = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "python3")));
  if (onPath) {
    const code =
      "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')";
    const answer = await run("python3", ["-c", code]);
    if (answer.code === 0 && answer.stdout.trim() !== "") roots.push(answer.stdout.trim());
  }
  return [...new Set(roots)];
}

/** @param {string} lib */
function torchBelow(lib) {
  if (!existsSync(lib)) return [];
  return readdirSync(lib)
    .filter((name) => name.startsWith("python3"))
    .map((name) => join(lib, name, "site-packages", "torch"))
    .filter((folder) => existsSync(folder));
}

/** @param {Libtorch} found */
function announced(found) {
  step("libtorch", `${found.version}, ${sourceNames[found.source]} (${found.root})${found.cuda ? ", with CUDA" : ""}`);
  return found;
}
