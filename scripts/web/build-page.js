// The build of the page, with the library for browsers beside it. Vite is called as a function, so that all of its settings stand here.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { build } from "vite";
import { filesBelow } from "../setup/stamp.js";
import { buildLibrary } from "./build-library.js";
import { drawExamples } from "./draw-examples.js";

/** Larger files (ONNX Runtime's WebAssembly) are kept by the service worker when they are first used. */
const maxKeptBytes = 4e6;

/** @typedef {import("vite").Rolldown.RolldownOutput} BuildOutput */

/**
 * Builds page and library into dist/web. They appear there only when they are complete.
 * @param {string} root the project's folder
 */
export async function buildPage(root) {
  const out = join(root, "dist", "web");
  const unfinished = `${out}.new`;
  const web = join(root, "web");
  await rm(unfinished, { recursive: true, force: true });
  await build({ ...commonSettings, root: web, build: { ...commonSettings.build, outDir: unfinished } });
  await mkdir(join(unfinished, "examples"));
  await drawExamples(root, join(unfinished, "examples"));
  await buildServiceWorker(web, unfinished);
  await buildLibrary(root, unfinished); // last: the page does not use it, so the service worker need not keep it
  await rm(out, { recursive: true, force: true });
  await rename(unfinished, out);
}

/** @type {import("vite").InlineConfig} */
const commonSettings = {
  configFile: false,
  base: "./", // relative addresses: the page can lie in any folder of a host
  logLevel: "warn",
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "import", "default"] },
  worker: { format: "es", rolldownOptions: { checks: { pluginTimings: false } } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    emptyOutDir: true,
    reportCompressedSize: false,
    rolldownOptions: { onLog: refuseNodeModules, checks: { pluginTimings: false } },
  },
};

/**
 * A `node:` import would only fail in the browser; here it fails in the build.
 * @param {string} level
 * @param {{ message: string }} log
 * @param {(level: any, log: any) => void} pass
 */
function refuseNodeModules(level, log, pass) {
  if (/externalized for browser compatibility/.test(log.message)) throw new Error(log.message);
  pass(level, log);
}

/**
 * Its name and place must stay: both are what browsers know it by. The version is a hash of every file of the page.
 * @param {string} web
 * @param {string} out
 */
async function buildServiceWorker(web, out) {
  const hash = createHash("sha256");
  const kept = [];
  for (const path of await filesBelow(out, () => true)) {
    const name = relative(out, path).split(sep).join("/");
    hash.update(`${name}\0`).update(await readFile(path));
    if ((await stat(path)).size <= maxKeptBytes) kept.push(name);
  }
  const [, policy] =
    /"Content-Security-Policy"\s+content="([^"]+)"/.exec(await readFile(join(web, "index.html"), "utf8")) ?? [];
  if (policy === undefined) throw new Error("index.html has no Content-Security-Policy");
  const result = /** @type {BuildOutput[]} */ (
    await build({
      ...commonSettings,
      root: web,
      publicDir: false,
      define: {
        PAGE_VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)),
        PAGE_FILES: JSON.stringify(kept),
        PAGE_POLICY: JSON.stringify(policy),
      },
      build: {
        ...commonSettings.build,
        outDir: out,
        write: false,
        lib: { entry: join(web, "service-worker", "service-worker.ts"), formats: ["es"] },
      },
    })
  );
  const code = result[0]?.output[0].code;
  if (code === undefined) throw new Error("the service worker was not built");
  await writeFile(join(out, "service-worker.js"), code);
}
