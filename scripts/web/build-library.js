// Bundles src/browser.ts with all that it uses into dist/web/library, which is what `pneumoscope/browser` gives. It works as it
// lies there, on any host, and in every bundler: it needs no module of Node, no CommonJS and no package beside it. Its
// WebAssembly (42 MB) lies in dist/web/assets once, for the page and for the library.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";

const { resolve } = createRequire(import.meta.url);

/**
 * @param {string} root the project's folder, with its sources compiled
 * @param {string} page the folder of the built page
 */
export async function buildLibrary(root, page) {
  const bundle = await rolldown({
    input: join(root, "dist", "src", "browser.js"),
    platform: "browser",
    resolve: { conditionNames: ["onnxruntime-web-use-extern-wasm", "module", "browser", "import", "default"] },
    plugins: [ownAssets, foreignCode],
    onLog: (_, { message }) => {
      throw new Error(message); // what could not be resolved would only fail in somebody's browser
    },
  });
  const { output } = await bundle.generate({
    entryFileNames: "library/[name].js",
    chunkFileNames: "library/[name]-[hash].js",
    assetFileNames: "assets/[name]-[hash][extname]", // as Vite names the page's
  });
  await bundle.close();
  await mkdir(join(page, "library"));
  for (const file of output) {
    const path = join(page, file.fileName);
    if (file.type === "chunk") await writeFile(path, file.code);
    else await writeFile(path, file.source, { flag: "wx" }).catch(unlessThere);
  }
}

/** @param {NodeJS.ErrnoException} thrown */
function unlessThere(thrown) {
  if (thrown.code !== "EEXIST") throw thrown; // the page's, whose name has the content's hash
}

/**
 * The addresses in src/browser/assets.ts name files of packages.
 * @type {import("rolldown").Plugin}
 */
const ownAssets = {
  name: "own-assets",
  transform: {
    filter: { id: /[\\/]src[\\/]browser[\\/]assets\.js$/ },
    async handler(code) {
      let result = code;
      for (const [written, specifier] of code.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)) {
        const path = resolve(/** @type {string} */ (specifier));
        const file = this.emitFile({ type: "asset", name: basename(path), source: await readFile(path) });
        result = result.replace(written, `new URL(import.meta.ROLLUP_FILE_URL_${file})`);
      }
      return result;
    },
  },
};

/**
 * Code of packages gets its files' addresses from ours and must not look for them itself, nor for Node's modules: bundlers
 * would look for them too, and refuse what they do not find.
 * @type {import("rolldown").Plugin}
 */
const foreignCode = {
  name: "foreign-code",
  resolveId: { filter: { id: /^(fs|path)$/ }, handler: () => "\0nothing" },
  load: { filter: { id: /^\0nothing$/ }, handler: () => "export {};" },
  transform: {
    filter: { id: /node_modules/ },
    handler: (code) => code.replaceAll("import.meta", '({ url: "https://localhost/" })'),
  },
};
