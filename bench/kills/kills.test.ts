// The short run of bench/kill-runs.ts: a few kills of commands, always at the same places of its random moments.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { killOften } from "./kill-often.js";
import { scenarios } from "./scenarios.js";

const place = mkdtempSync(join(tmpdir(), "pneumoscope-kills-"));
after(() => rmSync(place, { recursive: true, force: true }));

/** Comparisons are trainings in a row, which are killed here too; their own kills are the long run's. */
const short = scenarios.filter(({ name }) => name !== "compare");

for (const [number, scenario] of short.entries()) {
  const kills = scenario.name === "train" || scenario.name === "serve" ? 1 : 3;
  test(`${scenario.name}: killed ${kills} times, it loses nothing and ends as if it had been left alone`, {
    skip: process.platform === "win32" && "Windows has no SIGKILL",
  }, async () => {
    const counts = await killOften(scenario, { place: join(place, String(number)), kills, seed: 5 });
    assert.deepEqual(counts.findings, []);
    assert.equal(counts.kills, kills);
    assert.ok(counts.compared > 0);
  });
}
