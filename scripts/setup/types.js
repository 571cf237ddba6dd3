// Compiles the TypeScript into dist/ when a source changed, and removes outputs whose source is gone.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { lastLines, run } from "./command.js";
import { formatSeconds, SetupError, step } from "./report.js";
import { filesBelow, readStamp, stampOf, writeStamp } from "./stamp.js";

const sourceFolders = ["src", "test", "bench", "examples"];

/**
 * Runs `tsc -b` unless dist/ was made from exactly these sources.
 * @param {string} root the project's folder
 */
export async function buildTypes(root) {
  const started = Date.now();
  const dist = join(root, "dist");
  const sources = (
    await Promise.all(sourceFolders.map((folder) => filesBelow(join(root, folder), (name) => name.endsWith(".ts"))))
  ).flat();
  const settings = ["tsconfig.json", "package-lock.json"].map((name) => join(root, name));
  const stampFile = join(dist, ".setup-stamp");
  const stamp = await stampOf({ files: [...settings, ...sources] });
  if (existsSync(join(dist, ".tsbuildinfo")) && (await readStamp(stampFile)) === stamp) {
    step("types", "up to date (dist)");
    return;
  }
  await removeOrphans(dist, new Set(sources.map((path) => relative(root, path).slice(0, -".ts".length))));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const result = await run(process.execPath, [compiler, "-b", root], { cwd: root });
  if (result.code !== 0) {
    throw new SetupError("the TypeScript sources do not compile.", {
      why: lastLines(result.output, 30),
      fix: "mend the lines above, or take an unchanged checkout (git status shows what differs); then run: npm run setup",
    });
  }
  await writeStamp(stampFile, stamp);
  step("types", `compiled in ${formatSeconds(Date.now() - started)}`);
}

/**
 * A test whose source was deleted must not go on running from dist/. The built page is not the compiler's.
 * @param {string} dist
 * @param {ReadonlySet<string>} stems paths of the sources inside the project, without ".ts"
 */
async function removeOrphans(dist, stems) {
  const outputs = await filesBelow(dist, (name) => /\.(d\.ts|js|js\.map)$/.test(name));
  for (const path of outputs) {
    if (relative(dist, path).startsWith(`web${sep}`)) continue; // the built page
    const stem = relative(dist, path).replace(/\.(d\.ts|js|js\.map)$/, "");
    if (!stems.has(stem)) await rm(path);
  }
}
