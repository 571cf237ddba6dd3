// The instruction sets for which native/kernels/*.cc are compiled, each with its flags; at run time the addon picks
// the best one the processor has (as ATen does with its DEFAULT, AVX2 and AVX512 builds).
import { takesFlags } from "./compiler.js";

/** @typedef {{ name: "generic" | "avx2" | "avx512", flags: readonly string[] }} Capability */

const avx2 = ["-mavx2", "-mfma", "-mf16c"];
const avx512 = ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx2", "-mfma", "-mf16c"];

/**
 * The capabilities this compiler can build for this architecture.
 * @param {import("./compiler.js").Compiler} compiler
 * @returns {Promise<readonly Capability[]>}
 */
export async function buildableCapabilities(compiler) {
  /** @type {Capability[]} */
  const capabilities = [{ name: "generic", flags: [] }];
  if (process.arch !== "x64") return capabilities;
  capabilities.push({ name: "avx2", flags: avx2 });
  const bf16 = [...avx512, "-mavx512bf16"];
  capabilities.push({ name: "avx512", flags: (await takesFlags(compiler, bf16)) ? bf16 : avx512 });
  return capabilities;
}
