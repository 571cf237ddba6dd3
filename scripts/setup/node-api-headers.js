// Where the headers of Node-API lie: in this package's node_modules, or beside it where npm installed it as a dependency.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * @param {string} root the package's folder
 * @returns {string} the folder with node_api.h
 */
export function nodeApiHeaders(root) {
  const file = createRequire(join(root, "package.json")).resolve("node-api-headers/package.json");
  return join(dirname(file), "include");
}
