// The training engine: a compiler and libtorch are found or installed, the addon is built. Checkouts and installed packages
// share these steps; src/machine/set-up-engine.ts calls them for the latter.
import { buildAddon } from "./addon.js";
import { provideCompiler } from "./compiler.js";
import { provideLibtorch } from "./libtorch.js";

/**
 * Builds what is missing or out of date.
 * @param {string} root the package's folder, with native/
 * @param {string} [out] where the addon goes; default build/native in it
 */
export async function buildEngine(root, out) {
  const compiler = await provideCompiler();
  const libtorch = await provideLibtorch();
  await buildAddon(root, compiler, libtorch, out === undefined ? {} : { out });
}
