// The short run of bench/kill-runs.ts: a few kills, always at the same places of its random moments.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { killOften } from "./kill-often.js";
import { scenarios } from "./scenarios.js";

const place = mkdtempSync(join(tmpdir(), "pneumoscope-kills-"));
after(() => rmSync(place, { recursive: true, force: true }));

/** Trainings and comparisons are killed in the tests of their commands; a server, which keeps nothing, in the long run alone. */
const short = scenarios.filter(({ name }) => name === "weights fetch" || name === "data");
const kills = 3;

for (const [number, scenario] of short.entries()) {
  test(`${scenario.name}: killed ${kills} times, it loses nothing and ends as if it had been left alone`, {
    skip: process.platform === "win32" && "Windows has no SIGKILL",
  }, async () => {
    const counts = await killOften(scenario, { place: join(place, String(number)), kills, seed: 5 });
    assert.deepEqual(counts.findings, []);
    assert.equal(counts.kills, kills);
    assert.ok(counts.compared > 0);
  });
}
