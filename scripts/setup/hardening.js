// Compiler and linker flags that make a memory error in the addon harder to use, after the OpenSSF's "Compiler Options
// Hardening Guide for C and C++". Each is asked of the compiler that is there; what it does not know is left out.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command.js";

/** @typedef {{ compile: readonly string[], link: readonly string[] }} Hardening */

/**
 * Flags that belong together are one entry; of a list of entries the first that works is taken.
 * @type {readonly (readonly (readonly string[])[])[]}
 */
const compileChoices = [
  // Bounds of memcpy and its like where the compiler knows them; -U because distributions define it themselves.
  [
    ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3"],
    ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"],
  ],
  [["-D_GLIBCXX_ASSERTIONS"]], // std::vector's operator[] and its like; the kernels use plain pointers
  [["-fstack-protector-strong"]],
  [["-fstack-clash-protection"]],
  process.arch === "arm64" ? [["-mbranch-protection=standard"]] : [["-fcf-protection=full"]],
  [["-Wformat", "-Werror=format-security"]],
];

/** @type {readonly (readonly (readonly string[])[])[]} */
const linkChoices = [
  [["-Wl,-z,relro", "-Wl,-z,now"]], // addresses of functions are settled at loading and then read-only
  [["-Wl,-z,noexecstack"]],
  [["-Wl,-z,separate-code"]],
];

/**
 * The flags that this compiler and its linker take without a word.
 * @param {string} compiler
 * @returns {Promise<Hardening>}
 */
export async function hardeningFlags(compiler) {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-flags-"));
  try {
    const source = join(folder, "probe.cc");
    await writeFile(source, "#include <cstring>\nint probe(const char* text) { return std::strlen(text); }\n");
    const works = async (/** @type {readonly string[]} */ flags, /** @type {readonly string[]} */ linked) => {
      const target = ["-o", join(folder, `probe${linked.length === 0 ? ".o" : ".so"}`)];
      const kind = linked.length === 0 ? ["-c"] : ["-shared", ...linked];
      // An unknown flag is an error only for some compilers; for the others the warning becomes one.
      const result = await run(compiler, ["-O2", "-fPIC", "-Werror", ...flags, source, ...kind, ...target]);
      return result.code === 0;
    };
    const compile = await chosen(compileChoices, (flags) => works(flags, []));
    const link = process.platform === "linux" ? await chosen(linkChoices, (flags) => works([], flags)) : [];
    return { compile, link };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * All first choices at once, which is what nearly every compiler takes; else one by one.
 * @param {readonly (readonly (readonly string[])[])[]} choices
 * @param {(flags: readonly string[]) => Promise<boolean>} works
 */
async function chosen(choices, works) {
  const first = choices.flatMap(([flags = []]) => flags);
  if (await works(first)) return first;
  const taken = [];
  for (const candidates of choices) {
    for (const flags of candidates) {
      if (!(await works(flags))) continue;
      taken.push(...flags);
      break;
    }
  }
  return taken;
}
