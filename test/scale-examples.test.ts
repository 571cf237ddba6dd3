// examples/scale: the Kubernetes files against the schemas of what reads them, the shell scripts as bash reads them, and Ray's script in a
// real Ray where one is installed. Slurm's are run in slurm.test.ts.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse as parseCsv } from "csv-parse/sync";
import { parse as parseYaml } from "yaml";
import { synthesise } from "../src/dataset/synthesise.js";
import { openClassifier } from "../src/inference.js";
import { writeInferenceModel } from "../src/interchange/onnx/write-inference-model.js";
import { customCnn } from "../src/model/zoo/custom-cnn.js";
import { livelyWeights } from "./support/lively-weights.js";
import { projectRoot } from "./support/paths.js";
import { sampleContract } from "./support/sample-contract.js";

const examples = join(projectRoot, "examples", "scale");
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-scale-"));
after(() => rmSync(folder, { recursive: true }));
const named = (end: string) => readdirSync(examples).filter((name) => name.endsWith(end));

/** Whose are in test/golden/kubernetes, made by test/golden/make/kubernetes_schemas.py. */
function faultsOf(name: string, document: unknown): string {
  const schema = JSON.parse(
    readFileSync(join(projectRoot, "test", "golden", "kubernetes", name.replace(".yaml", ".json")), "utf8"),
  );
  const ajv = new Ajv2020({ strict: false });
  return ajv.validate(schema, document) ? "" : ajv.errorsText();
}

test("every Kubernetes file is what its kind takes, and a misspelt or mistyped line is found", () => {
  const files = named(".yaml");
  assert.ok(files.length >= 3);
  for (const name of files) {
    const text = readFileSync(join(examples, name), "utf8");
    assert.equal(faultsOf(name, parseYaml(text)), "", name);
    for (const [line, wrong] of [
      ["volumeMounts:", "volumeMount:"],
      [/backoffLimit(\w*): 4/, "backoffLimit$1: four"],
      ["restartPolicy", "restartpolicy"],
      ["memory", "memory: 8Gi, cores"],
      ["mountPath: /shared", "mountPath: 5"],
    ] as const) {
      const changed = text.replace(line, wrong);
      assert.notEqual(changed, text, `${name}: ${line}`);
      if (line !== "memory") assert.notEqual(faultsOf(name, parseYaml(changed)), "", `${name}: ${wrong}`);
    }
  }
});

test("what Kubernetes starts are commands of ours", () => {
  for (const name of named(".yaml")) {
    const { spec } = parseYaml(readFileSync(join(examples, name), "utf8"));
    const template = spec.template ?? spec.pytorchReplicaSpecs.Master.template;
    const [{ command, args }] = template.spec.containers;
    const words: string[] = command[0] === "sh" ? args[0].split("exec ")[1].split(" ") : [...command, ...args];
    const [program, subcommand, ...options] = words;
    assert.equal(program, "pneumoscope");
    const help = spawnSync(
      process.execPath,
      [join(projectRoot, "bin", "pneumoscope.js"), subcommand as string, "--help"],
      { encoding: "utf8" },
    );
    for (const option of options.filter((word) => word.startsWith("--"))) {
      const [flag = ""] = option.split("=");
      assert.match(help.stdout, new RegExp(`^ +${flag} `, "m"), `${name}: ${flag}`);
    }
  }
});

test("the shell scripts are what a shell reads", () => {
  const scripts = [...named(".sbatch"), ...named(".sh")];
  assert.ok(scripts.length >= 4);
  for (const name of scripts) {
    const { status, stderr } = spawnSync("bash", ["-n", join(examples, name)], { encoding: "utf8" });
    assert.equal(status, 0, `${name}: ${stderr}`);
  }
});

const python = process.env.PNEUMOSCOPE_RAY_PYTHON ?? "python3";
const hasRay =
  spawnSync(python, ["-c", "import importlib.util as i; assert all(map(i.find_spec, ['ray', 'onnxruntime', 'cv2']))"])
    .status === 0;

test("ray_scores.py gives the scores of predict", {
  skip: hasRay ? false : `${python} has no ray, onnxruntime and cv2 (PNEUMOSCOPE_RAY_PYTHON names another)`,
}, async () => {
  const graph = customCnn({ imageSize: 64 });
  const model = join(folder, "model.onnx");
  writeFileSync(model, writeInferenceModel(graph, livelyWeights(graph, 1), sampleContract({ imageSize: 64 })));
  const few = { normal: 8, pneumonia: 8 };
  await synthesise(join(folder, "scans"), { counts: { train: few, val: few, test: few }, size: 200 });
  writeFileSync(join(folder, "scans", "broken.png"), "no image");
  const home = { HOME: folder, RAY_USAGE_STATS_ENABLED: "0" }; // Ray keeps a key at home, and would report how it is used
  const script = join(examples, "ray_scores.py");
  const run = spawnSync(python, [script, model, "scans", "scores"], {
    cwd: folder,
    env: { ...process.env, ...home },
    encoding: "utf8",
  });
  assert.equal(run.status, 0, run.stderr);
  const scores = new Map<string, { score: string; label: string }>();
  for (const name of readdirSync(join(folder, "scores"))) {
    const rows: { path: string; score: string; label: string }[] = parseCsv(
      readFileSync(join(folder, "scores", name)),
      { columns: true },
    );
    for (const row of rows) scores.set(row.path, row);
  }
  await using classifier = await openClassifier(model, { heatMaps: false, cwd: folder });
  let n = 0;
  for await (const result of classifier.predict("scans")) {
    const theirs = scores.get(result.name);
    n++;
    if (result.kind === "failed") assert.equal(theirs?.score, "");
    else {
      assert.ok(
        Math.abs(Number(theirs?.score) - result.score) < 1e-6,
        `${result.name}: ${theirs?.score}, ${result.score}`,
      );
      assert.equal(theirs?.label, result.label);
    }
  }
  assert.equal(scores.size, n);
});
