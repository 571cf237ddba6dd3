// SIGKILL at random moments of train, compare, weights fetch, data and serve; after each, that nothing is lost and nothing
// half-written is believed, and at the end of every chain of kills that the result is that of an undisturbed run:
//
//   node dist/bench/kill-runs.js [--kills 1000] [--seed 1] [--command train] [--round 40]
//
// Goes round the commands, each with its share of a round's kills, and appends a row to bench/results/kills.csv for each: it
// can be ended at any time and continued with another seed. Findings are printed with the seed and chain that show them. Needs the training engine.
// A short run is the test kills/kills.test.ts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { killOften } from "./kills/kill-often.js";
import { scenarios } from "./kills/scenarios.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    command: { type: "string" },
    round: { type: "string", default: "40" },
  },
});
const wanted = Number(values.kills);
const chosen = scenarios.filter(({ name }) => values.command === undefined || name === values.command);
const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
const place = await mkdtemp(join(tmpdir(), "pneumoscope-kills-"));
const left = chosen.map((scenario) => ({ scenario, kills: Math.round((wanted * scenario.weight) / weights) }));
try {
  for (let round = 0; left.some(({ kills }) => kills > 0); round++) {
    for (const one of left) {
      if (one.kills <= 0) continue;
      const share = Math.ceil((Number(values.round) * one.scenario.weight) / weights);
      const kills = Math.min(share, one.kills);
      const seed = Number(values.seed) * 1000 + round;
      const started = performance.now();
      const { name } = one.scenario;
      const counts = await killOften(one.scenario, { place: join(place, `${name}-${round}`), kills, seed });
      for (const finding of counts.findings) console.log(`${name}: ${finding}`);
      await appendResults("kills", [
        {
          command: name,
          seed,
          kills: counts.kills,
          at_writes: counts.atWrites,
          compared: counts.compared,
          findings: counts.findings.length,
          seconds: ((performance.now() - started) / 1000).toFixed(0),
        },
      ]);
      one.kills -= counts.kills;
    }
  }
} finally {
  await rm(place, { recursive: true, force: true });
}
