// `data`: a folder of phantoms that appears whole or not at all (synth), and a dataset that is only read (check), in turns.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { synthesise } from "../../src/dataset/synthesise.js";
import { program, runAndKill } from "./killed-process.js";
import type { Chain, Scenario, Start } from "./scenario.js";
import { phantoms } from "./train.js";

const sizes = ["--size", "64", "--train", "60", "--val", "4", "--test", "16"] as const;

export const dataScenario: Scenario = {
  name: "data",
  weight: 30,
  open: async (place) => {
    const alone = join(place, "alone");
    const pace = await runAndKill(synthIn(alone, place), null);
    if (pace.code !== 0) throw new Error(`the undisturbed phantoms failed: ${pace.output}`);
    const expected = await digestOfTree(alone);
    const dataset = join(place, "dataset");
    await synthesise(dataset, phantoms);
    const before = await digestOfTree(dataset);
    return {
      pace,
      begin: async (folder, number) =>
        number % 4 === 3 ? checkChain(dataset, before, folder) : synthChain(folder, expected),
    };
  },
};

const synthIn = (root: string, folder: string): Start => ({
  script: program,
  args: ["data", "synth", root, ...sizes],
  folder,
});

function synthChain(folder: string, expected: string): Chain {
  const root = join(folder, "phantoms");
  const look = async (): Promise<readonly string[]> =>
    !existsSync(root) || (await digestOfTree(root)) === expected ? [] : ["the folder is there and not whole"];
  return {
    next: () => synthIn(root, folder),
    inspect: look,
    conclude: async () => {
      const { code, output } = await runAndKill(synthIn(root, folder), null);
      if (code !== 0 || !existsSync(root)) return [`it cannot be made again: ${output.slice(-600)}`];
      return look();
    },
  };
}

function checkChain(dataset: string, before: string, folder: string): Chain {
  const start: Start = { script: program, args: ["data", "check", dataset], folder };
  const look = async () => ((await digestOfTree(dataset)) === before ? [] : ["the dataset was changed"]);
  return {
    next: () => start,
    inspect: look,
    conclude: async () => {
      const { code, output } = await runAndKill(start, null);
      return code === 0 ? look() : [`it fails: ${output.slice(-600)}`];
    },
  };
}

/** Of names and contents. */
export async function digestOfTree(root: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(root, { recursive: true })).sort()) {
    const path = join(root, name);
    hash.update(`${name}\0`);
    if ((await stat(path)).isFile()) hash.update(await readFile(path));
  }
  return hash.digest("hex");
}
