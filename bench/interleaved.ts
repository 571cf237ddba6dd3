// Speeds measured side by side: every round times each contender once, so that a machine's bad minute hits all of them.
// And the eager PyTorch peers, which run as scripts beside this file.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../src/core/package.js";
import { Random } from "../src/core/random.js";
import { median } from "./median.js";
import type { Row } from "./results-file.js";

export const batchSize = 16;
export const imageSize = 224;
const warmUp = 2;

/** Something that trains. Peers are named "PyTorch …", their default setting "PyTorch fp32". */
export interface Contender {
  readonly name: string;
  /** Images per second, in a run of its own. */
  readonly measure: () => Promise<number>;
}

/** Grey noise: a step's time does not depend on the pixels' values. */
export function noiseBatch(size = imageSize, count = batchSize) {
  const random = Random.of("throughput");
  return {
    images: {
      pixels: Uint8Array.from({ length: count * size ** 2 }, () => random.integer(256)),
      size,
    },
    indices: Int32Array.from({ length: count }, (_, i) => i),
    labels: Int32Array.from({ length: count }, () => random.integer(2)),
  };
}

/**
 * "wall" is time as users see it. "cpu" counts the processor time of all threads: on a machine that others use too it is
 * the fair one, with one thread, so that none waits for another.
 */
export const clocks = {
  wall: () => performance.now() / 1000,
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
} as const satisfies Record<string, () => number>;
export type Clock = keyof typeof clocks;

/** Images per second over `steps` steps, after some that warm up. */
export async function timeSteps(steps: number, clock: Clock, step: () => void | Promise<void>): Promise<number> {
  let started = 0;
  for (let i = 0; i < warmUp + steps; i++) {
    if (i === warmUp) started = clocks[clock]();
    await step();
  }
  return (batchSize * steps) / (clocks[clock]() - started);
}

export interface PeerOptions {
  readonly python: string;
  /** A file in this folder. */
  readonly script: string;
  readonly model: string;
  readonly setting: string;
  readonly steps: number;
  readonly threads: number;
  readonly clock: Clock;
}

/** PyTorch in a setting of the script. */
export const pytorch = (options: PeerOptions): Contender => inPython("PyTorch", options);

/** Keras as it is. */
export const keras = (options: Omit<PeerOptions, "setting">): Contender =>
  inPython("Keras", { ...options, setting: "fp32" });

function inPython(framework: string, { python, script, ...options }: PeerOptions): Contender {
  const given = { ...options, batch: batchSize, "warm-up": warmUp };
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const measure = async () => {
    const printed = execFileSync(python, [join(packageRoot(), "bench", script), ...args], { encoding: "utf8" });
    return (JSON.parse(printed) as { imagesPerSecond: number }).imagesPerSecond;
  };
  return { name: `${framework} ${options.setting}`, measure };
}

/** Measures, prints every round, and returns a row of medians for each contender. */
export async function interleave(rounds: number, contenders: readonly Contender[]): Promise<Row[]> {
  const speeds = contenders.map(() => [] as number[]);
  for (let round = 1; round <= rounds; round++) {
    for (const [i, { measure }] of contenders.entries()) speeds[i]?.push(await measure());
    const shown = contenders.map(({ name }, i) => `${name} ${speeds[i]?.at(-1)?.toFixed(2)}`);
    console.log(`round ${round}: ${shown.join("; ")} images/s`);
  }
  const medians = contenders.map(({ name }, i) => ({ name, speed: median(speeds[i] ?? []) }));
  const bestPeer = Math.max(...medians.filter(({ name }) => name.startsWith("PyTorch")).map(({ speed }) => speed));
  const defaultPeer = medians.find(({ name }) => name === "PyTorch fp32")?.speed ?? Number.NaN;
  return medians.map(({ name, speed }) => ({
    what: name,
    images_per_second: speed.toFixed(2),
    to_pytorch_default: (speed / defaultPeer).toFixed(2),
    to_pytorch_best: (speed / bestPeer).toFixed(2),
  }));
}
