#!/usr/bin/env node
// Starts the compiled command line. Plain JavaScript, so that it can say what is missing before anything is built.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname ?? ".", "..");
const main = join(root, "dist", "src", "cli", "main.js");

if (import.meta.dirname === undefined) {
  fail(
    `Node.js is too old: ${process.version}. Pneumoscope needs 20.19 or newer. Install a newer Node, then try again.`,
  );
} else if (isCheckout() && (!existsSync(join(root, "node_modules")) || !existsSync(main))) {
  fail(`this checkout is not set up yet. Run: cd ${root} && npm run setup`);
} else {
  const { runMain } = await import(pathToFileURL(main).href);
  await runMain();
}

/** An installed package comes compiled, and its dependencies may lie beside it. npm never publishes a lock file. */
function isCheckout() {
  return existsSync(join(root, "package-lock.json"));
}

/** @param {string} message */
function fail(message) {
  console.error(`pneumoscope: ${message}`);
  process.exitCode = 1;
}
