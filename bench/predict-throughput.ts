// `predict` over a folder of JPEGs at native size beside a PyTorch + OpenCV script of the same work, interleaved: images
// per second as users see them, per second of processor time, and the largest memory of each process.
//
//   node dist/bench/predict-throughput.js --images chest_xray_native --python python3
//
// The folder's images are repeated under other names until there are --count. Models have random weights.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/core/package.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { writeKerasModel } from "../src/interchange/keras-h5/write-keras-model.js";
import { initialWeights } from "../src/model/initial-weights.js";
import { randomWeights } from "../src/model/weights-origin.js";
import { findModel } from "../src/model/zoo/registry.js";
import { median } from "./median.js";
import { appendResults, type Row } from "./results-file.js";

const { values } = parseArgs({
  options: {
    images: { type: "string" },
    python: { type: "string", default: "python3" },
    count: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    models: { type: "string", default: "custom,mobilenet" },
  },
});
if (values.images === undefined) throw new Error("--images is missing: a folder with NORMAL/ and PNEUMONIA/");
const [count, rounds] = [Number(values.count), Number(values.rounds)];

const program = join(packageRoot(), "bin", "pneumoscope.js");

/** Runs inside the measured process. */
const tellsUsage = `process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 };
  process.stderr.write("usage " + JSON.stringify(usage) + "\\n");
});`;

interface Run {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
}

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-predict-bench-"));
const rows: Row[] = [];
try {
  const images = await repeatedImages(resolve(values.images));
  for (const model of values.models.split(",")) rows.push(...(await compare(model, images)));
} finally {
  rmSync(folder, { recursive: true });
}
console.table(rows);
console.log(`appended to ${await appendResults("predict-throughput", rows)}`);

async function repeatedImages(from: string): Promise<string> {
  const target = join(folder, "images");
  mkdirSync(target);
  const { samples } = await openDataset(from, { classFoldersAs: "train" });
  for (let i = 0; i < count; i++) {
    const { path } = samples[i % samples.length] as { path: string };
    copyFileSync(path, join(target, `${String(i).padStart(6, "0")}.jpeg`));
  }
  return target;
}

async function compare(model: string, images: string): Promise<Row[]> {
  const file = await untrainedModel(model);
  const [first = ""] = readdirSync(images);
  const startSeconds = pneumoscope(file, join(images, first), 0).cpuSeconds;
  const contenders = new Map<string, () => Run>([
    ["Pneumoscope", () => pneumoscope(file, images, startSeconds)],
    ["PyTorch fp32", () => pytorch(model, "fp32", images)],
    ["PyTorch fp32-cl", () => pytorch(model, "fp32-cl", images)],
  ]);
  const runs = new Map([...contenders.keys()].map((name) => [name, [] as Run[]]));
  const load = loadavg()[0] as number;
  for (let round = 1; round <= rounds; round++) {
    for (const [name, measure] of contenders) {
      const run = measure();
      runs.get(name)?.push(run);
      console.log(
        `${model} round ${round}: ${name} ${(count / run.wallSeconds).toFixed(1)} images/s, ` +
          `${(count / run.cpuSeconds).toFixed(1)} per processor second, ${run.megabytes.toFixed(0)} MB`,
      );
    }
  }
  const speed = (name: string, time: "wallSeconds" | "cpuSeconds") =>
    median((runs.get(name) ?? []).map((run) => count / run[time]));
  const bestPeer = (time: "wallSeconds" | "cpuSeconds") =>
    Math.max(speed("PyTorch fp32", time), speed("PyTorch fp32-cl", time));
  return [...runs].map(([name, ofName]) => ({
    model,
    images: count,
    rounds,
    load_average: load.toFixed(1),
    what: name,
    images_per_second: speed(name, "wallSeconds").toFixed(1),
    images_per_processor_second: speed(name, "cpuSeconds").toFixed(1),
    to_pytorch_best: (speed(name, "wallSeconds") / bestPeer("wallSeconds")).toFixed(2),
    to_pytorch_best_processor: (speed(name, "cpuSeconds") / bestPeer("cpuSeconds")).toFixed(2),
    megabytes: Math.max(...ofName.map(({ megabytes }) => megabytes)).toFixed(0),
  }));
}

/** Exported as .onnx by the product itself. */
async function untrainedModel(id: string): Promise<string> {
  const entry = findModel(id);
  const graph = entry.build();
  const contract = {
    version: 1,
    model: entry.id,
    title: entry.title,
    protocol: "study",
    weights: randomWeights,
    imageSize: entry.input.imageSize,
    interpolation: "linear",
    scaling: entry.scaling.study,
    classes: entry.classes,
    threshold: { value: 0.5, policy: "0.5", chosenOn: null },
    trainedOn: { dataset: "nothing", images: 0, sha256: "" },
  };
  const [keras, onnx] = [join(folder, `${id}.h5`), join(folder, `${id}.onnx`)];
  await writeKerasModel(keras, graph, initialWeights(graph, 1), { json: { contract } });
  execFileSync(process.execPath, [program, "export", keras, "--format", "onnx", "--out", onnx]);
  return onnx;
}

/**
 * Without loading program and model, as the peer's: the rate is the one that the command tells, and of its processor time
 * that of a run with one image is taken off.
 */
function pneumoscope(model: string, images: string, startSeconds: number): Run {
  const args = ["--import", `data:text/javascript,${encodeURIComponent(tellsUsage)}`, program, "predict", images];
  const { stderr, status } = spawnSync(process.execPath, [...args, "--model", model, "--csv"], { encoding: "utf8" });
  const usage = /^usage (.*)$/m.exec(stderr)?.[1];
  const perSecond = /([\d.]+) images\/s\s*$/m.exec(stderr)?.[1];
  if (status !== 0 || usage === undefined || perSecond === undefined) throw new Error(stderr);
  const { cpuSeconds, megabytes } = JSON.parse(usage) as Omit<Run, "wallSeconds">;
  return { cpuSeconds: cpuSeconds - startSeconds, megabytes, wallSeconds: count / Number(perSecond) };
}

function pytorch(model: string, setting: string, images: string): Run {
  const script = join(packageRoot(), "bench", "pytorch_predict.py");
  const args = [script, "--folder", images, "--model", model, "--setting", setting];
  return JSON.parse(execFileSync(values.python, args, { encoding: "utf8" })) as Run;
}
