// The addon with AddressSanitizer and UndefinedBehaviorSanitizer in a folder of its own, and what a Node.js that is not
// built with them needs to load it. g++ on Linux only. libtorch itself is not instrumented.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildAddon } from "./addon.js";
import { run } from "./command.js";
import { provideCompiler } from "./compiler.js";
import { provideLibtorch } from "./libtorch.js";
import { SetupError } from "./report.js";

/** vptr compares types across libraries, and libtorch hides its own. */
const sanitize = ["-fsanitize=address,undefined", "-fno-sanitize=vptr"];
const flags = {
  compile: ["-O1", "-g1", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all", ...sanitize],
  link: sanitize,
};

/**
 * Builds it where anything changed.
 * @param {string} root the project's folder
 * @returns {Promise<Readonly<Record<string, string>>>} the environment in which Node.js loads it
 */
export async function provideSanitizedAddon(root) {
  const compiler = await provideCompiler();
  const libraries = await Promise.all(
    ["libasan.so", "libstdc++.so.6"].map((name) => libraryOf(compiler.program, name)),
  );
  const out = join(root, "build", "native-sanitized");
  await buildAddon(root, compiler, await provideLibtorch(), { out, flags });
  return {
    PNEUMOSCOPE_ENGINE: out,
    // libstdc++ too, because Node.js has its own inside: AddressSanitizer looks for the one that throws when it starts.
    LD_PRELOAD: libraries.join(":"),
    // Node.js and libtorch keep what they have at their end; a tensor too large for memory is an error, not the end.
    ASAN_OPTIONS: "detect_leaks=0:allocator_may_return_null=1:strict_string_checks=1",
    UBSAN_OPTIONS: "print_stacktrace=1",
  };
}

/**
 * @param {string} compiler
 * @param {string} name
 */
async function libraryOf(compiler, name) {
  const found = (await run(compiler, [`-print-file-name=${name}`])).stdout.trim();
  if (process.platform === "linux" && existsSync(found)) return found;
  throw new SetupError("the sanitizers are not here.", {
    why: `${compiler} has no ${name}.`,
    fix: "use g++ on Linux, whose packages bring them, and run this again",
  });
}
