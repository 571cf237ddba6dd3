// `serve`, killed while it starts and while it answers: the run folder stays as it was and the next start gives the same
// score.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { digestOfTree } from "./data.js";
import { program, runAndKill } from "./killed-process.js";
import type { Chain, Scenario, Start } from "./scenario.js";
import { trainScenario } from "./train.js";

export const serveScenario: Scenario = {
  name: "serve",
  weight: 10,
  open: async (place) => {
    await trainScenario.open(place);
    const run = join(place, "alone", "run");
    const folder = join(place, "phantoms", "test", "PNEUMONIA");
    const image = await readFile(join(folder, (await readdir(folder)).sort()[0] as string));
    const before = await digestOfTree(run);
    const begun = performance.now();
    const expected = await scoreOf(run, place, image);
    const pace = { elapsedMs: performance.now() - begun, changes: 0 };
    return { pace, begin: async (own) => serveChain({ run, before, image, expected, folder: own }) };
  },
};

interface Served {
  readonly run: string;
  readonly before: string;
  readonly image: Buffer;
  readonly expected: number;
  readonly folder: string;
}

function serveChain({ run, before, image, expected, folder }: Served): Chain {
  const found: string[] = [];
  const look = async (): Promise<readonly string[]> => {
    if ((await digestOfTree(run)) !== before) found.push("the run folder was changed");
    return found.splice(0);
  };
  return {
    next: () => ({
      ...startOf(run, folder),
      meanwhile: async (output, signal) => {
        const url = await addressIn(output, signal);
        while (!signal.aborted) {
          const score = await ask(url, image);
          if (score !== expected) found.push(`score ${score} in place of ${expected}`);
        }
      },
    }),
    inspect: look,
    conclude: async () => {
      const score = await scoreOf(run, folder, image).catch(String);
      if (score !== expected) found.push(`score ${score} in place of ${expected}`);
      return look();
    },
  };
}

const startOf = (run: string, folder: string): Start => ({
  script: program,
  args: ["serve", "--model", run, "--port", "0", "--log", "off"],
  folder,
});

/** The score of a server that is asked once and then told to stop. */
async function scoreOf(run: string, folder: string, image: Buffer): Promise<number> {
  let score = Number.NaN;
  const asked = new AbortController();
  const start = {
    ...startOf(run, folder),
    meanwhile: async (output: () => string, signal: AbortSignal) => {
      score = await ask(await addressIn(output, signal), image);
      asked.abort();
    },
  };
  const { output } = await runAndKill(start, null, asked.signal);
  if (Number.isNaN(score)) throw new Error(`the server did not answer: ${output.slice(-600)}`);
  return score;
}

async function addressIn(output: () => string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0];
    if (url !== undefined) return url;
    await setTimeout(20, undefined, { signal });
  }
}

async function ask(url: string, image: Buffer): Promise<number> {
  const body = new FormData();
  body.set("files", new File([new Uint8Array(image)], "image.jpeg"));
  const response = await fetch(`${url}/v1/predict`, { method: "POST", body });
  const answer = (await response.json()) as { readonly results?: readonly { readonly score?: number }[] };
  return answer.results?.[0]?.score ?? Number.NaN;
}
