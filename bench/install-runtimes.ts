// The five lines of README under other runtimes, in a project that has the packed package installed: what works where, for
// docs/install.md. By hand, because it needs the programs.
//
//   node dist/bench/install-runtimes.js --project <folder with node_modules/pneumoscope> node20=<program> deno=<program> …
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exportModel } from "../src/index.js";
import { writeBrightnessModel, writeFlatImage } from "../test/support/brightness-model.js";
import { golden } from "../test/support/paths.js";

const { values, positionals } = parseArgs({ options: { project: { type: "string" } }, allowPositionals: true });
if (values.project === undefined) throw new RangeError("--project <folder> is needed");
const project = values.project;
const inProject = (...parts: string[]) => join(project, ...parts);

await writeBrightnessModel(inProject("runtimes.h5"), { threshold: 0.5 });
rmSync(inProject("runtimes.onnx"), { force: true });
await exportModel(inProject("runtimes.h5"), { format: "onnx", out: inProject("runtimes.onnx") });
for (const ending of ["png", "jpeg"]) await writeFlatImage(inProject("runtimes", `200.${ending}`), 200);
copyFileSync(golden("dicom", "jpeg-2000.dcm"), inProject("runtimes", "radiograph.dcm"));
writeFileSync(
  inProject("runtimes.mjs"),
  `import { openClassifier } from "pneumoscope/inference";
const [model, runtime] = process.argv.slice(2);
const classifier = await openClassifier(model, { runtime });
for await (const result of classifier.predict(["runtimes"])) {
  console.log(result.name, result.kind === "scored" ? result.score.toFixed(6) : result.error.message);
}
await classifier.dispose();
console.log("done");
`,
);
/** Deno and Bun ask for a word before the file. */
const before: Readonly<Record<string, readonly string[]>> = { deno: ["run", "-A"], bun: ["run"] };
for (const given of positionals) {
  const [name = "", program = ""] = given.split("=");
  for (const model of ["runtimes.onnx", "runtimes.h5"]) {
    for (const runtime of ["native", "wasm"]) {
      const args = [...(before[name] ?? []), "runtimes.mjs", model, runtime];
      console.log(`${name}, ${model}, ${runtime}: ${told(program, args)}`);
    }
  }
}

function told(program: string, args: readonly string[]): string {
  try {
    const out = execFileSync(program, args, { cwd: project, encoding: "utf8", timeout: 120_000, stdio: "pipe" });
    return out.trim().replaceAll("\n", "; ");
  } catch (thrown) {
    const { stderr, signal } = thrown as { readonly stderr?: string; readonly signal?: string };
    return `FAILED ${signal ?? ""} ${(stderr ?? String(thrown)).trim().split("\n").slice(-6).join(" | ")}`;
  }
}
