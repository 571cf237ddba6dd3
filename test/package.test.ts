// The package as a stranger gets it: what is packed, and what it does when it is installed in an empty project.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { exportModel, openClassifier } from "../src/index.js";
import { writeBrightnessModel, writeFlatImage } from "./support/brightness-model.js";
import { type InstalledPackage, installPackage } from "./support/installed-package.js";
import { projectRoot } from "./support/paths.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-package-"));
let installed: InstalledPackage;
const inProject = (...parts: string[]) => join(installed.project, ...parts);

before(async () => {
  installed = installPackage(folder);
  await writeBrightnessModel(inProject("model.h5"), { threshold: 0.5 });
  await exportModel(inProject("model.h5"), { format: "onnx", out: inProject("model.onnx") });
  for (const grey of [60, 200]) await writeFlatImage(inProject("scans", `${grey}.png`), grey);
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program in the project; an empty cache folder, so that no training engine is found. */
function run(program: string, ...args: string[]): Promise<Ended> {
  const env = {
    ...process.env,
    PNEUMOSCOPE_CACHE: join(folder, "cache"),
    NODE_OPTIONS: "",
    NODE_TEST_CONTEXT: undefined,
  };
  return new Promise((resolve) => {
    execFile(program, args, { cwd: installed.project, env }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, out, err });
    });
  });
}

/** A program of the project, in a file of its own. */
function script(name: string, text: string): string {
  writeFileSync(inProject(name), text);
  return name;
}

test("holds what is used and no tests, benches or sources of the page", () => {
  const tops = new Set(installed.files.map((file) => file.split("/")[0] as string));
  const expected = ["CHANGELOG.md", "LICENSE", "README.md", "bin", "dist", "docs", "native", "package.json", "scripts"];
  assert.deepEqual([...tops].sort(), expected);
  const distant = installed.files.filter((file) => /^dist\/(?!src|web)|\.test\.|tsbuildinfo|\.page-stamp/.test(file));
  assert.deepEqual(distant, []);
  for (const file of [
    "dist/src/index.d.ts",
    "dist/web/index.html",
    "native/addon.cc",
    "scripts/setup/build-engine.js",
  ]) {
    assert.ok(installed.files.includes(file), file);
  }
  assert.ok(statSync(installed.tarball).size < 20e6, "mostly ONNX Runtime's WebAssembly, for the page");
});

test("five lines predict, with the checkout's scores", async () => {
  const five = `import { openClassifier } from "pneumoscope";
const classifier = await openClassifier("model.onnx");
for await (const result of classifier.predict("scans"))
  console.log(JSON.stringify([result.name, result.score, result.label]));
await classifier.dispose();`;
  const { code, out, err } = await run(process.execPath, script("five.js", five));
  assert.equal(code, 0, err);
  await using classifier = await openClassifier(inProject("model.onnx"));
  const expected: unknown[] = [];
  for await (const result of classifier.predict(inProject("scans"))) {
    if (result.kind === "scored")
      expected.push([result.name.slice(installed.project.length + 1), result.score, result.label]);
  }
  const found = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(expected.length, 2);
  assert.deepEqual(found, expected);
});

test("npx pneumoscope predict runs; training says what to run for its engine", async () => {
  const { code, out, err } = await run(
    "npx",
    "--no-install",
    "pneumoscope",
    "predict",
    "scans",
    "--model",
    "model.onnx",
  );
  assert.equal(code, 0, err);
  assert.match(out, /PNEUMONIA\tscans.200\.png.*NORMAL\tscans.60\.png/s);
  const trained = await run("npx", "--no-install", "pneumoscope", "train", "--data", "scans");
  assert.equal(trained.code, 1);
  assert.match(trained.err, /ENGINE_MISSING: training engine: .*cache.engine.*"npx pneumoscope setup"/s);
});

test("without onnxruntime-node a model says what to install", async () => {
  rmSync(inProject("node_modules", "onnxruntime-node"), { recursive: true });
  const { err } = await run("npx", "--no-install", "pneumoscope", "predict", "scans", "--model", "model.onnx");
  assert.match(err, /ENGINE_MISSING: ONNX Runtime: .*npm install onnxruntime-node/s);
  assert.doesNotMatch(err, /pneumoscope setup/);
});

test("heavy parts load when they are used", async () => {
  script(
    "listing.js",
    `import { writeSync } from "node:fs";
export function load(url, context, next) { writeSync(1, url + "\\n"); return next(url, context); }`,
  );
  script("register.js", `import { register } from "node:module"; register("./listing.js", import.meta.url);`);
  const loaded = async (...args: string[]) => {
    const { out, code, err } = await run(process.execPath, "--import", "./register.js", ...args);
    assert.equal(code, 0, err);
    return out.split("\n").filter((line) => line.startsWith("file:"));
  };
  const heavy =
    /node_modules\/(sharp|onnxruntime-|h5wasm|protobufjs|fastify\/|linkedom|@resvg|@observablehq|@cornerstonejs)/;
  const entries = { inference: 25, index: 175 };
  for (const [entry, most] of Object.entries(entries)) {
    const name = entry === "index" ? "pneumoscope" : `pneumoscope/${entry}`;
    const urls = await loaded(script(`${entry}.js`, `import ${JSON.stringify(name)};`));
    assert.deepEqual(
      urls.filter((url) => heavy.test(url)),
      [],
      entry,
    );
    assert.ok(urls.length > 5 && urls.length <= most, `${entry}: ${urls.length} modules`);
  }
  const help = await loaded(inProject("node_modules", "pneumoscope", "bin", "pneumoscope.js"), "--help");
  assert.deepEqual(
    help.filter((url) => heavy.test(url)),
    [],
  );
});

const consumer = `import { AppError, openClassifier, type Result, type Run, setUpEngine, train } from "pneumoscope";
import { type Classifier, findImages } from "pneumoscope/inference";
import { createServer, listen, predictRoutes } from "pneumoscope/serve";
const classifier: Classifier = await openClassifier("model.onnx", { runtime: "wasm" });
for await (const result of classifier.predict("scans")) {
  const { name }: Result = result;
  console.log(name, result.kind === "scored" ? result.score.toFixed(3) : result.error.code);
}
const run: Run = await train({ data: "chest_xray", seed: 1 });
const auc: number | null = run.evaluation.test.metrics.auc.value;
// @ts-expect-error An option that does not exist.
await train({ data: "chest_xray", epoch: 1 });
await listen(await createServer(classifier), "127.0.0.1", 0);
export { AppError, auc, findImages, predictRoutes, setUpEngine };
`;

for (const [module, moduleResolution] of [
  ["node16", "node16"],
  ["esnext", "bundler"],
] as const) {
  test(`types compile for a consumer, "${moduleResolution}"`, async () => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2023",
      lib: ["es2023"],
      types: ["node"],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    script("consumer.ts", consumer);
    const config = script(
      `tsconfig.${moduleResolution}.json`,
      JSON.stringify({ compilerOptions, files: ["consumer.ts"] }),
    );
    const tsc = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
    const { code, out } = await run(process.execPath, tsc, "-p", config);
    assert.equal(code, 0, out);
  });
}

test("publint and are-the-types-wrong find nothing", async () => {
  const tool = (...parts: string[]) => join(projectRoot, "node_modules", ...parts);
  const lint = await run(process.execPath, tool("publint", "src", "cli.js"), "--strict", installed.tarball);
  assert.equal(lint.code, 0, lint.out + lint.err);
  // ES modules only: Node's require loads them as well since 20.19.
  const types = await run(
    process.execPath,
    tool("@arethetypeswrong", "cli", "dist", "index.js"),
    installed.tarball,
    "--profile",
    "esm-only",
  );
  assert.equal(types.code, 0, types.out + types.err);
});
