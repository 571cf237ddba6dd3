// Builds the page and the library for browsers into dist/web when something that it is made of changed.
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { formatSeconds, SetupError, step } from "./report.js";
import { filesBelow, readStamp, stampOf, writeStamp } from "./stamp.js";

/** What the page is bundled from, what draws its examples, and what builds it. */
const sourceFolders = [
  "web",
  "scripts/web",
  "src/browser",
  "src/inference",
  "src/core",
  "src/images",
  "src/model",
  "src/evaluation",
  "src/interchange",
  "src/page",
  "src/explain",
  "src/dataset/phantom",
];

/**
 * Builds unless dist/web was made from exactly these sources. They must have been compiled before.
 * @param {string} root the project's folder
 */
export async function buildPageIfChanged(root) {
  const started = Date.now();
  const page = join(root, "dist", "web");
  const isSource = (/** @type {string} */ name) => !/\.test\.ts$|\.md$/.test(name);
  const sources = await Promise.all(sourceFolders.map((folder) => filesBelow(join(root, folder), isSource)));
  const stampFile = join(root, "dist", ".page-stamp");
  const stamp = await stampOf({
    files: [join(root, "package-lock.json"), join(root, "src", "browser.ts"), ...sources.flat()],
  });
  if (existsSync(join(page, "index.html")) && (await readStamp(stampFile)) === stamp) {
    step("page", `up to date (${relative(root, page)})`);
    return;
  }
  try {
    // Imported here: set-up's first step installs Vite.
    const { buildPage } = await import("../web/build-page.js");
    await buildPage(root);
  } catch (thrown) {
    throw new SetupError("the page could not be built.", {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      fix: "mend what is said above, or take an unchanged checkout (git status shows what differs); then run: npm run setup",
    });
  }
  await writeStamp(stampFile, stamp);
  step("page", `built in ${formatSeconds(Date.now() - started)}`);
}
