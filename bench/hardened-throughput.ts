// Training throughput of the custom CNN with two builds of the addon, taking turns process by process: what the compiler's
// hardening flags cost.
//
//   node dist/bench/hardened-throughput.js --plain <folder of a build without them> [--rounds 8] [--steps 8]
//
// One thread and processor time, so that other programs on the machine count less. Appends the medians, and the median of
// the rounds' ratios, to bench/results/hardened-throughput.csv.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { initialWeights } from "../src/model/initial-weights.js";
import { customCnn } from "../src/model/zoo/custom-cnn.js";
import { unitScaling } from "../src/model/zoo/zoo-entry.js";
import { addonFolder } from "../src/tensor/addon-folder.js";
import { inArena } from "../src/tensor/arena.js";
import { engineInfo, setThreads } from "../src/tensor/engine.js";
import { Adam } from "../src/training/adam.js";
import { gatherImages, scaleImages } from "../src/training/image-batch.js";
import { Network } from "../src/training/network.js";
import { trainStep } from "../src/training/trainer.js";
import { batchSize, noiseBatch, timeSteps } from "./interleaved.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    plain: { type: "string" },
    rounds: { type: "string", default: "8" },
    steps: { type: "string", default: "8" },
    child: { type: "boolean", default: false },
  },
});
const steps = Number(values.steps);
if (values.child) console.log(await imagesPerSecond());
else await compare(values.plain);

async function imagesPerSecond(): Promise<number> {
  setThreads(1);
  const graph = customCnn();
  const network = new Network(graph, initialWeights(graph, 1), {});
  const optimizer = new Adam(network.parameters.trainable.map(({ tensor }) => tensor));
  const { images, indices, labels } = noiseBatch();
  return timeSteps(steps, "cpu", () =>
    inArena(() => {
      const input = scaleImages(gatherImages(images, indices), unitScaling);
      trainStep(network, optimizer, input, labels, { classWeights: [1.9448, 0.673] }, 1e-3);
    }),
  );
}

async function compare(plain: string | undefined): Promise<void> {
  if (plain === undefined) throw new Error("--plain names the folder of a build without the flags");
  const measure = (folder: string) => {
    const args = [fileURLToPath(import.meta.url), "--child", "--steps", String(steps)];
    const env = { ...process.env, PNEUMOSCOPE_ENGINE: folder };
    return Number(execFileSync(process.execPath, args, { env, encoding: "utf8" }));
  };
  const hardened = addonFolder({});
  const rounds = Array.from({ length: Number(values.rounds) }, (_, round) => {
    const order = round % 2 === 0 ? [plain, hardened] : [hardened, plain]; // whoever is second may fare otherwise
    const speeds = new Map(order.map((folder) => [folder, measure(folder)]));
    const [before, after] = [speeds.get(plain) as number, speeds.get(hardened) as number];
    console.log(before.toFixed(2), after.toFixed(2), (after / before).toFixed(3));
    return { before, after, ratio: after / before };
  });
  const median = (key: "before" | "after" | "ratio") => {
    const sorted = rounds.map((round) => round[key]).sort((a, b) => a - b);
    return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
  };
  const row = {
    libtorch: engineInfo().version,
    batch: batchSize,
    rounds: rounds.length,
    steps,
    plain_images_per_second: median("before").toFixed(2),
    hardened_images_per_second: median("after").toFixed(2),
    ratio: median("ratio").toFixed(3),
  };
  console.log(row, await appendResults("hardened-throughput", [row]));
}
