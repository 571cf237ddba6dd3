// The user's folder for what is downloaded or built once and may be deleted: weights, libtorch, the training engine.
// scripts/setup/libtorch-download.js has the same rule for set-up, which runs before anything is compiled.
import { homedir } from "node:os";
import { join } from "node:path";

/** `PNEUMOSCOPE_CACHE`, else `pneumoscope` in the user's cache folder. */
export function userCacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return env.PNEUMOSCOPE_CACHE || join(base, "pneumoscope");
}
