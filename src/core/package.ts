// The installed package: where it lies and which version it is. Nothing is looked up before it is asked for, so that a
// bundler may take this file into another program.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's folder, in a checkout and below node_modules alike; this file runs from dist/src/core. */
export function packageRoot(): string {
  return fileURLToPath(new URL("../../../", import.meta.url));
}

/** Whether the package is a checkout, which builds into its own folder; npm never publishes a lock file. */
export function isCheckout(root = packageRoot()): boolean {
  return existsSync(join(root, "package-lock.json"));
}

/**
 * The product's version, as in package.json.
 *
 * @example
 * console.log(`pneumoscope ${version()}`);
 */
export function packageVersion(): string {
  const content: { version: string } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  return content.version;
}
