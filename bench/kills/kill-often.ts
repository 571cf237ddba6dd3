// Kills one command so many times: chains of starts that go on where the last was killed, looked at after every kill and
// compared with an undisturbed run at their end. Everything random comes from the seed.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "../../src/core/random.js";
import { type Moment, runAndKill } from "./killed-process.js";
import type { OpenScenario, Pace, Scenario } from "./scenario.js";

export interface KillOptions {
  /** An empty folder. */
  readonly place: string;
  readonly kills: number;
  readonly seed: number;
}

export interface KillCounts {
  readonly kills: number;
  /** Of them, those a moment after a change in the folder. */
  readonly atWrites: number;
  /** Chains that came to their end and were compared. */
  readonly compared: number;
  /** What was lost or wrongly believed, with the chain that shows it. */
  readonly findings: readonly string[];
}

/** Kills of one chain, at most: then it is let go to its end and compared. */
const killsOfChain = 8;

export async function killOften(scenario: Scenario, options: KillOptions): Promise<KillCounts> {
  const own = join(options.place, "own");
  await mkdir(own, { recursive: true });
  const open = await scenario.open(own);
  try {
    return await killChains(open, options);
  } finally {
    await open.close?.();
    await rm(options.place, { recursive: true, force: true });
  }
}

async function killChains(open: OpenScenario, options: KillOptions): Promise<KillCounts> {
  const counts = { kills: 0, atWrites: 0, compared: 0, findings: [] as string[] };
  for (let number = 0; counts.kills < options.kills; number++) {
    const random = Random.of(options.seed, "kills", number);
    const place = join(options.place, `chain-${number}`);
    await mkdir(place, { recursive: true });
    const chain = await open.begin(place, number);
    const tell = (found: readonly string[], when: string) =>
      counts.findings.push(...found.map((what) => `seed ${options.seed}, chain ${number}, ${when}: ${what}`));
    const wanted = 1 + random.integer(killsOfChain);
    let tries = 0;
    for (let killed = 0; killed < wanted && counts.kills < options.kills && tries < 2 * wanted; tries++) {
      const moment = drawMoment(random, open.pace);
      const ended = await runAndKill(chain.next(), moment);
      if (!ended.isKilled) {
        if (ended.code !== 0) tell([`ended by itself with ${ended.code}: ${ended.output.slice(-600)}`], "undisturbed");
        continue;
      }
      killed++;
      counts.kills++;
      if (moment.kind === "write") counts.atWrites++;
      tell(await chain.inspect(ended.output), `kill ${killed}`);
    }
    tell(await chain.conclude(), "end");
    counts.compared++;
    await rm(place, { recursive: true, force: true });
  }
  return counts;
}

function drawMoment(random: Random, { elapsedMs, changes }: Pace): Moment {
  if (changes === 0 || random.integer(2) === 0) return { kind: "time", ms: random.uniform(0, elapsedMs) };
  return {
    kind: "write",
    changes: 1 + random.integer(changes),
    ms: random.integer(2) === 0 ? 0 : random.uniform(0, 30),
  };
}
