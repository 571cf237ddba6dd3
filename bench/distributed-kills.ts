// Ends random processes of a training of three with SIGKILL at random moments and lets torchrun start all again, until the run
// is finished: what the run folder holds is looked at after every kill, and in the end it is compared with an undisturbed
// run of as many processes: weights to the last bit, optimizer, predictions, history.
//
//   node dist/bench/distributed-kills.js --torchrun <path> [--kills 200] [--minutes 300] [--kills-a-run 12]
//     [--processes 3] [--seed 1]
//
// Appends a row to bench/results/distributed-kills.csv. Linux, for the processes that torchrun has are read from /proc.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Random } from "../src/core/random.js";
import { synthesise } from "../src/dataset/synthesise.js";
import { engineInfo } from "../src/tensor/engine.js";
import { program } from "./kills/killed-process.js";
import { compareRuns, inspectRun } from "./kills/run-folder-state.js";
import { phantoms } from "./kills/train.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    torchrun: { type: "string", default: "torchrun" },
    kills: { type: "string", default: "200" },
    minutes: { type: "string", default: "300" },
    "kills-a-run": { type: "string", default: "12" },
    processes: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
  },
});
const wanted = Number(values.kills);
const perRun = Number(values["kills-a-run"]);
const processes = Number(values.processes);
const random = Random.of(Number(values.seed), "distributed kills");
const place = mkdtempSync(join(tmpdir(), "pneumoscope-distributed-"));
const data = join(place, "phantoms");
await synthesise(data, phantoms);

/** Epochs are short and many, so that a run is killed several times and at every stage. */
const settings = [
  "--image-size",
  "32",
  "--batch",
  "3",
  "--precision",
  "float32",
  "--epochs",
  "120",
  "--process-timeout",
  "30",
];

function start(folder: string) {
  const words = [program, "train", "--data", data, ...settings, "--out", folder, "--cache", join(place, "cache")];
  const launch = ["--no-python", "--nproc-per-node", `${processes}`, "--max-restarts", "1000", process.execPath];
  const child = spawn(values.torchrun, [...launch, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const told = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      told.text += text;
    });
  }
  return { child, told, closed: once(child, "close") };
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** All of the training's processes, once they are others than those before. */
async function startedProcesses(torchrun: number, before: readonly number[], isOver: () => boolean) {
  while (!isOver()) {
    const now = childrenOf(torchrun);
    if (now.length === processes && now.every((pid) => !before.includes(pid))) return now;
    await setTimeout(50);
  }
  return [];
}

const findings: string[] = [];
const started = performance.now();
const reference = join(place, "undisturbed");
const undisturbed = start(reference);
const [code] = (await undisturbed.closed) as [number | null];
if (code !== 0) throw new Error(`the undisturbed training failed: ${undisturbed.told.text.slice(-2000)}`);
const alone = performance.now() - started;
console.log(`undisturbed: ${(alone / 1000).toFixed(1)} s`);

let kills = 0;
let runs = 0;
const isTimeUp = () => performance.now() - started > Number(values.minutes) * 60_000;
while (kills < wanted && !isTimeUp()) {
  const folder = join(place, `run-${++runs}`);
  const { child, told, closed } = start(folder);
  const isOver = () => child.exitCode !== null;
  const pid = child.pid as number;
  let before: readonly number[] = [];
  for (let ofRun = 0; ofRun < perRun && kills < wanted && !isTimeUp(); ofRun++) {
    const ranks = await startedProcesses(pid, before, isOver);
    // From the first moment on, as images are read, as epochs are trained and as the result is written.
    await Promise.race([setTimeout(random.uniform(0, 0.25) * alone), closed]);
    const victim = ranks[random.integer(processes)];
    if (isOver() || victim === undefined || !childrenOf(pid).includes(victim)) break;
    process.kill(victim, "SIGKILL");
    kills++;
    before = ranks;
    findings.push(...(await inspectRun(folder, told.text)));
    console.log(
      `run ${runs}: kill ${kills}, ${findings.length} findings, ${Math.round((performance.now() - started) / 1000)} s`,
    );
  }
  const [code] = (await closed) as [number | null];
  if (code !== 0) findings.push(`torchrun ended with ${code}: ${told.text.slice(-1500)}`);
  else findings.push(...(await compareRuns(folder, reference)));
  for (const finding of findings) console.log(finding);
}
const row = {
  libtorch: engineInfo().version,
  processes,
  seed: values.seed,
  kills,
  runs,
  findings: findings.length,
  undisturbed_seconds: (alone / 1000).toFixed(1),
  hours: ((performance.now() - started) / 3.6e6).toFixed(2),
};
console.log(row, await appendResults("distributed-kills", [row]));
rmSync(place, { recursive: true });
