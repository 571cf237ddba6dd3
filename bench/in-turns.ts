// Two kinds of process that take turns, so that a machine's bad minute hits both.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Clock, imageSize } from "./interleaved.js";

export interface Turns {
  readonly before: number;
  readonly after: number;
  /** Median of the rounds' ratios, after to before. */
  readonly ratio: number;
}

/** Medians over the rounds. Whoever is second may fare otherwise, so they change places each round. */
export function inTurns(rounds: number, measure: (which: "before" | "after") => number): Turns {
  const measured = Array.from({ length: rounds }, (_, round) => {
    const order = round % 2 === 0 ? (["before", "after"] as const) : (["after", "before"] as const);
    const speeds = new Map(order.map((which) => [which, measure(which)]));
    const [before, after] = [speeds.get("before") as number, speeds.get("after") as number];
    console.log(before.toFixed(2), after.toFixed(2), (after / before).toFixed(3));
    return { before, after, ratio: after / before };
  });
  const median = (key: keyof Turns) => {
    const sorted = measured.map((round) => round[key]).sort((a, b) => a - b);
    return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
  };
  return { before: median("before"), after: median("after"), ratio: median("ratio") };
}

export interface Steps {
  /** Of the images, in pixels; default the study's. */
  readonly side?: number;
  readonly threads: number;
  readonly steps: number;
  readonly clock: Clock;
}

/** Images per second of the custom CNN's training in a process with these variables beside this one's. */
export function stepsInProcess(
  env: Readonly<Record<string, string>>,
  { side = imageSize, threads, steps, clock }: Steps,
): number {
  const script = fileURLToPath(new URL("custom-cnn-steps.js", import.meta.url));
  const args = [script, `${side}`, `${threads}`, `${steps}`, clock];
  return Number(execFileSync(process.execPath, args, { env: { ...process.env, ...env }, encoding: "utf8" }));
}
