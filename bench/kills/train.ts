// `train`: two epochs and one of fine-tuning on phantoms, resumed after every kill. The decode cache is the chain's own.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runPaths } from "../../src/core/run-folder.js";
import { synthesise } from "../../src/dataset/synthesise.js";
import { program, runAndKill } from "./killed-process.js";
import { compareRuns, inspectRun } from "./run-folder-state.js";
import type { Chain, Scenario, Start } from "./scenario.js";

export const phantoms = {
  seed: 3,
  size: 64,
  counts: {
    train: { normal: 12, pneumonia: 12 },
    val: { normal: 2, pneumonia: 2 },
    test: { normal: 4, pneumonia: 4 },
  },
} as const;

/** float32: the same on every machine that these runs may go on. */
export const quick = ["--image-size", "32", "--threads", "1", "--batch", "8", "--precision", "float32"] as const;

export const trainScenario: Scenario = {
  name: "train",
  weight: 15,
  open: async (place) => {
    const data = join(place, "phantoms");
    await synthesise(data, phantoms);
    const settings = ["--data", data, ...quick, "--epochs", "2", "--fine-tune", "1", "--fine-tune-from", "flatten"];
    const startIn = (folder: string): Start => {
      const run = join(folder, "run");
      const args = existsSync(runPaths(run).args) ? ["--resume", run] : [...settings, "--out", run];
      return { script: program, args: ["train", ...args, "--cache", join(folder, "cache")], folder };
    };
    const alone = join(place, "alone");
    await mkdir(alone);
    const pace = await runAndKill(startIn(alone), null);
    if (pace.code !== 0) throw new Error(`the undisturbed training failed: ${pace.output}`);
    return { pace, begin: async (folder) => trainChain(folder, startIn, join(alone, "run")) };
  },
};

function trainChain(folder: string, startIn: (folder: string) => Start, reference: string): Chain {
  const run = join(folder, "run");
  let said = "";
  return {
    next: () => startIn(folder),
    inspect: (output) => {
      said += output;
      return inspectRun(run, said);
    },
    conclude: async () => {
      const { code, output } = await runAndKill(startIn(folder), null);
      if (code !== 0) return [`it cannot be resumed: ${output.slice(-600)}`];
      return [...(await inspectRun(run, said + output)), ...(await compareRuns(run, reference))];
    },
  };
}
