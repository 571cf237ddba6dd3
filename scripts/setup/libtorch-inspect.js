// What a folder with libtorch in it is: where its headers and libraries lie, which version, which C++ it wants.
// Reads files only; nothing is loaded or run.
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The oldest libtorch the addon compiles against. */
export const oldestLibtorch = Object.freeze([1, 13]);

/**
 * @typedef {object} Libtorch
 * @property {"environment" | "download" | "system" | "python"} source how it was found
 * @property {string} root
 * @property {string} version for instance "1.13.0"
 * @property {readonly string[]} includes folders for -isystem
 * @property {string} lib the folder of libtorch_cpu
 * @property {boolean} cxx11Abi which std::string it was compiled with (libstdc++'s dual ABI)
 * @property {"c++17" | "c++20"} standard the C++ standard its headers ask for
 * @property {boolean} cuda whether libtorch_cuda is there
 * @property {boolean} distributed whether it has c10d with gloo, by which several processes train together
 * @property {readonly string[]} nccl folders with the headers of NCCL and CUDA, by which GPUs train together; none where they are not there
 * @property {string | undefined} openmp the OpenMP runtime that comes with it; two of them in one process fight for cores
 */

const extension = process.platform === "darwin" ? "dylib" : "so";
const triples = process.arch === "arm64" ? ["aarch64-linux-gnu"] : ["x86_64-linux-gnu"];

/**
 * Looks at a folder.
 * @param {string} root a libtorch folder, a Python package folder `torch`, or `/usr`
 * @param {Libtorch["source"]} source
 * @returns {Promise<Libtorch | { problem: string }>} the problem says why it cannot be used
 */
export async function inspectLibtorch(root, source) {
  const lib = ["lib", ...triples.map((triple) => `lib/${triple}`), "lib64"]
    .map((folder) => join(root, folder))
    .find((folder) => existsSync(join(folder, `libtorch_cpu.${extension}`)));
  if (lib === undefined) return { problem: `no lib/libtorch_cpu.${extension} in ${root}` };
  const include = join(root, "include");
  if (!existsSync(join(include, "ATen", "ATen.h"))) return { problem: `no include/ATen/ATen.h in ${root}` };
  const version = await readVersion(include);
  if (version === undefined) return { problem: `${include}: no version.h with TORCH_VERSION_MAJOR in it` };
  if (isOlder(version, oldestLibtorch)) {
    return { problem: `${root} holds libtorch ${version}; ${oldestLibtorch.join(".")} or newer is needed` };
  }
  return {
    source,
    root,
    version,
    includes: [include, join(include, "torch", "csrc", "api", "include")],
    lib,
    cxx11Abi: await usesCxx11Abi(join(lib, `libc10.${extension}`)),
    standard: await wantedStandard(include),
    cuda: existsSync(join(lib, `libtorch_cuda.${extension}`)),
    distributed: await hasDistributed(include, join(lib, `libtorch_cpu.${extension}`)),
    nccl: findNccl(root, include),
    openmp: findOpenmp([lib, join(root, "..", "torch.libs")]),
  };
}

/** @param {string} include */
async function readVersion(include) {
  for (const path of ["torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"]) {
    const text = await readFile(join(include, path), "utf8").catch(() => "");
    const numbers = ["MAJOR", "MINOR", "PATCH"].map(
      (part) => new RegExp(`#define TORCH_VERSION_${part} (\\d+)`).exec(text)?.[1],
    );
    if (numbers.every((number) => number !== undefined)) return numbers.join(".");
  }
  return undefined;
}

/**
 * @param {string} version
 * @param {readonly number[]} than major and minor
 */
export function isOlder(version, than) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = than;
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/**
 * Reads from the name of the constructor c10::Error(SourceLocation, std::string) which std::string it takes:
 * "Ss" is the old one, "NSt7__cxx1112basic_string..." the new one (Itanium C++ ABI, 5.1.5).
 * @param {string} path libc10
 */
async function usesCxx11Abi(path) {
  const bytes = await readFile(path);
  return !bytes.includes("_ZN3c105ErrorC1ENS_14SourceLocationESs");
}

/**
 * Headers are there whatever the library was built with.
 * @param {string} include @param {string} library libtorch_cpu
 */
async function hasDistributed(include, library) {
  if (!existsSync(join(include, "torch", "csrc", "distributed", "c10d", "ProcessGroupGloo.hpp"))) return false;
  const symbol = "_ZN4c10d16ProcessGroupGlooC1E";
  let end = "";
  for await (const chunk of createReadStream(library, { encoding: "latin1", highWaterMark: 2 ** 22 })) {
    if ((end + chunk).includes(symbol)) return true;
    end = chunk.slice(-symbol.length);
  }
  return false;
}

/**
 * PyTorch's wheel leaves them to packages of NVIDIA's, which pip puts beside it; some of CUDA's are in Triton only.
 * @param {string} root @param {string} include
 */
function findNccl(root, include) {
  if (!existsSync(join(include, "torch", "csrc", "distributed", "c10d", "ProcessGroupNCCL.hpp"))) return [];
  const nvidia = join(root, "..", "nvidia");
  const packages = existsSync(nvidia) ? readdirSync(nvidia).map((name) => join(nvidia, name, "include")) : [];
  const triton = join(root, "..", "triton", "backends", "nvidia", "include");
  const folders = [...packages, "/usr/local/cuda/include", "/usr/include", triton];
  const withHeader = (/** @type {string} */ header) => folders.find((folder) => existsSync(join(folder, header)));
  const found = ["nccl.h", "cuda_runtime_api.h", "crt/host_config.h"].map(withHeader);
  return found.every((folder) => folder !== undefined) ? [...new Set(found)] : [];
}

/** @param {string} include */
async function wantedStandard(include) {
  const text = await readFile(join(include, "ATen", "ATen.h"), "utf8");
  return /__cplusplus < 202002L/.test(text) ? "c++20" : "c++17";
}

/** @param {readonly string[]} folders */
function findOpenmp(folders) {
  for (const folder of folders) {
    if (folder.startsWith("/usr/") || !existsSync(folder)) continue;
    const name = readdirSync(folder).find((file) => /^libgomp\b.*\.so/.test(file));
    if (name !== undefined) return join(folder, name);
  }
  return undefined;
}
