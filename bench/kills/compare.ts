// `compare`: two seeds of a small model, one epoch each, started again with the same command after every kill.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { synthesise } from "../../src/dataset/synthesise.js";
import { program, runAndKill } from "./killed-process.js";
import { compareRuns, inspectRun, leftBehind } from "./run-folder-state.js";
import type { Scenario, Start } from "./scenario.js";
import { phantoms, quick } from "./train.js";

export const compareScenario: Scenario = {
  name: "compare",
  weight: 5,
  open: async (place) => {
    const data = join(place, "phantoms");
    await synthesise(data, phantoms);
    const settings = ["--data", data, ...quick, "--models", "custom", "--seeds", "2", "--epochs", "1"];
    const startIn = (folder: string): Start => {
      const places = ["--out", join(folder, "comparison"), "--cache", join(folder, "cache")];
      return { script: program, args: ["compare", ...settings, ...places], folder };
    };
    const alone = join(place, "alone");
    await mkdir(alone);
    const pace = await runAndKill(startIn(alone), null);
    if (pace.code !== 0) throw new Error(`the undisturbed comparison failed: ${pace.output}`);
    return {
      pace,
      begin: async (folder) => ({
        next: () => startIn(folder),
        inspect: () => inspectRuns(join(folder, "comparison")),
        conclude: async () => {
          const ended = await runAndKill(startIn(folder), null);
          if (ended.code !== 0) return [`it does not go on: ${ended.output.slice(-600)}`];
          return compareComparisons(join(folder, "comparison"), join(alone, "comparison"));
        },
      }),
    };
  },
};

/** Epochs that were told are looked at by `train`: here it is not said in words of which run they are. */
async function inspectRuns(comparison: string): Promise<readonly string[]> {
  const runs = join(comparison, "runs");
  const names = existsSync(runs) ? await readdir(runs) : [];
  const found = await Promise.all(names.map((name) => inspectRun(join(runs, name), "")));
  return found.flat();
}

async function compareComparisons(here: string, there: string): Promise<readonly string[]> {
  const names = await readdir(join(there, "runs"));
  const found = await Promise.all(
    names.map((name) => compareRuns(join(here, "runs", name), join(there, "runs", name))),
  );
  const table = (folder: string) => readFile(join(folder, "comparison.csv"), "utf8");
  const isSame = withoutTimes(await table(here)) === withoutTimes(await table(there));
  return [...found.flat(), ...(isSame ? [] : ["another comparison.csv"]), ...(await leftBehind(here))];
}

/** Rates, durations and dates differ from run to run. */
function withoutTimes(csv: string): string {
  const rows: Record<string, string>[] = parse(csv, { columns: true });
  return JSON.stringify(rows.map(({ seconds, images_per_second, ...row }) => row));
}
