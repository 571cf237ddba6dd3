// The installed package: where it lies and which version it is.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's folder; this file runs from dist/src/cli. */
export const packageRoot = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * The product's version, as in package.json.
 *
 * @example
 * console.log(`pneumoscope ${version()}`);
 */
export function packageVersion(): string {
  const content: { version: string } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
  return content.version;
}
