// Where the training engine's addon lies: set-up builds it there, and it is loaded from there.
import { join, resolve } from "node:path";
import { userCacheFolder } from "../core/cache-folder.js";
import { isCheckout, packageRoot, packageVersion } from "../core/package.js";

/** The version of Node-API that native/ is compiled for: one build serves every Node.js that has it, 20.19 and later. */
const nodeApi = 9;

/**
 * A checkout builds into itself. An installed package lies in node_modules, which the next `npm install` replaces: it
 * builds into the user's cache folder, once for each of its versions. Which libtorch it was built with, build-info.json
 * says; with another one, set-up builds again in the same folder. PNEUMOSCOPE_ENGINE names another folder: a second build,
 * with sanitizers say, beside the first.
 */
export function addonFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = env.PNEUMOSCOPE_ENGINE;
  if (named !== undefined && named !== "") return resolve(named);
  if (isCheckout()) return join(packageRoot(), "build", "native");
  const build = `${packageVersion()}-${process.platform}-${process.arch}-napi${nodeApi}`;
  return join(userCacheFolder(env), "engine", build);
}

/** The addon's file in that folder. */
export const addonFile = (folder: string): string => join(folder, "pneumoscope.node");
