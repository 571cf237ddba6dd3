// The instruction sets for which native/kernels/*.cc are compiled, each with its flags; at run time the addon picks
// the best one the processor has (as ATen does with its DEFAULT, AVX2 and AVX512 builds). Only flags that
// native/cpu_capability.h asks the processor for may stand here.

/** @typedef {{ name: "generic" | "avx2" | "avx512", flags: readonly string[] }} Capability */

const avx2 = ["-mavx2", "-mfma"];
const avx512 = ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx2", "-mfma"];

/**
 * The capabilities to build for this architecture.
 * @returns {readonly Capability[]}
 */
export function buildableCapabilities() {
  /** @type {Capability} */
  const generic = { name: "generic", flags: [] };
  if (process.arch !== "x64") return [generic];
  return [generic, { name: "avx2", flags: avx2 }, { name: "avx512", flags: avx512 }];
}
