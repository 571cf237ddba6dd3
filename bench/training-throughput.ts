// Training throughput of the custom CNN, augmentation included, against the same step in eager PyTorch, interleaved
// round by round in one run:
//
//   node dist/bench/training-throughput.js [--rounds 3] [--steps 15] [--threads 2] [--python python3]
//
// Prints every round and appends the medians to bench/results/training-throughput.csv. Needs a Python with PyTorch 2.x.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { examineProcessor, hasBfloat16 } from "../src/cli/doctor/processor.js";
import { packageRoot } from "../src/cli/package.js";
import { Random } from "../src/core/random.js";
import { initialWeights } from "../src/model/initial-weights.js";
import { customCnn } from "../src/model/zoo/custom-cnn.js";
import { unitScaling } from "../src/model/zoo/zoo-entry.js";
import { engineInfo, setThreads } from "../src/tensor/engine.js";
import { scope } from "../src/tensor/scope.js";
import { Adam } from "../src/training/adam.js";
import { drawTransform, studyAugmentation } from "../src/training/augmentation.js";
import { gatherImages, scaleImages, warpImages } from "../src/training/image-batch.js";
import { Network, type NetworkOptions } from "../src/training/network.js";
import { trainStep } from "../src/training/trainer.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "15" },
    threads: { type: "string", default: "2" },
    python: { type: "string", default: "python3" },
  },
});
const [rounds, steps, threads] = [Number(values.rounds), Number(values.steps), Number(values.threads)];
const batch = 16;
const size = 224;
const warmUp = 3;

/** Images per second over the timed steps. */
function measureOurs(options: NetworkOptions): number {
  const graph = customCnn();
  const network = new Network(graph, initialWeights(graph, 1), options);
  const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
  const random = Random.of("throughput");
  const images = { pixels: Uint8Array.from({ length: batch * size * size }, () => random.integer(256)), size };
  const indices = Int32Array.from({ length: batch }, (_, i) => i);
  const labels = indices.map(() => random.integer(2));
  let started = 0;
  for (let step = 0; step < warmUp + steps; step++) {
    if (step === warmUp) started = performance.now();
    const transforms = Array.from(indices, () =>
      drawTransform(random, studyAugmentation, { height: size, width: size }),
    );
    scope(() => {
      const input = scaleImages(warpImages(gatherImages(images, indices), transforms), unitScaling);
      trainStep(network, optimizer, input, labels, { classWeights: [1.9448, 0.673] }, 1e-3);
    });
  }
  const seconds = (performance.now() - started) / 1000;
  network.dispose();
  optimizer.dispose();
  return (batch * steps) / seconds;
}

function measurePeer(settings: readonly string[]): Map<string, number> {
  const script = join(packageRoot, "bench", "pytorch_custom_cnn.py");
  const args = [
    "--settings",
    settings.join(),
    "--steps",
    String(steps),
    "--threads",
    String(threads),
    "--warm-up",
    String(warmUp),
  ];
  const lines = execFileSync(values.python, [script, ...args], { encoding: "utf8" })
    .trim()
    .split("\n");
  const results = lines.map((line) => JSON.parse(line) as { setting: string; imagesPerSecond: number });
  return new Map(results.map(({ setting, imagesPerSecond }) => [`PyTorch ${setting}`, imagesPerSecond]));
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

setThreads(threads);
const withBfloat16 = hasBfloat16(await examineProcessor());
const ours: Readonly<Record<string, NetworkOptions>> = {
  "Pneumoscope fp32": {},
  "Pneumoscope fp32, plain operators": { kernels: "plain" },
  ...(withBfloat16 && { "Pneumoscope bf16": { precision: "bfloat16" } }),
};
const peerSettings = ["fp32", "fp32-cl", ...(withBfloat16 ? ["bf16-cl"] : [])];
const speeds = new Map<string, number[]>();
for (let round = 1; round <= rounds; round++) {
  const measured = [
    ...Object.entries(ours).map(([name, options]) => [name, measureOurs(options)] as const),
    ...measurePeer(peerSettings),
  ];
  for (const [name, speed] of measured) speeds.set(name, [...(speeds.get(name) ?? []), speed]);
  console.log(`round ${round}: ${measured.map(([name, speed]) => `${name} ${speed.toFixed(1)}`).join("; ")} images/s`);
}
const medians = [...speeds].map(([name, values]) => ({ name, speed: median(values) }));
const bestPeer = Math.max(...medians.filter(({ name }) => name.startsWith("PyTorch")).map(({ speed }) => speed));
const defaultPeer = medians.find(({ name }) => name === "PyTorch fp32")?.speed ?? Number.NaN;
const rows = medians.map(({ name, speed }) => ({
  libtorch: engineInfo().version,
  threads,
  batch,
  rounds,
  steps,
  what: name,
  images_per_second: speed.toFixed(2),
  to_pytorch_default: (speed / defaultPeer).toFixed(2),
  to_pytorch_best: (speed / bestPeer).toFixed(2),
}));
console.table(
  rows.map(({ what, images_per_second, to_pytorch_default, to_pytorch_best }) => ({
    what,
    images_per_second,
    to_pytorch_default,
    to_pytorch_best,
  })),
);
console.log(`appended to ${await appendResults("training-throughput", rows)}`);
