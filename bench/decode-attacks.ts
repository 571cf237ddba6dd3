// What JPEG and PNG files made to cost take in time and memory: each read once in a process of its own, by this build and, if
// one is named, by an older one.
//
//   node dist/bench/decode-attacks.js --rounds 1 --older ../older-checkout --older-name 7f0ba70 --only scans
//
// Processor seconds are what a busy machine does not change; the pause is how long the main thread stood still.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/core/package.js";
import { attacks } from "./decode-attacks/attacks.js";
import type { Reading } from "./decode-attacks/read-one.js";
import { appendResults, type Row } from "./results-file.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    older: { type: "string" },
    "older-name": { type: "string", default: "older" },
    only: { type: "string", default: "" },
  },
});

const builds = new Map([["this", packageRoot()]]);
if (values.older !== undefined) builds.set(values["older-name"], resolve(values.older));
/** Who has not finished by then counts as not finishing. */
const patienceMs = 300_000;

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-decode-attacks-"));
const rows: Row[] = [];
try {
  for (const { name, make } of attacks.filter((attack) => attack.name.includes(values.only))) {
    const file = join(folder, "attack");
    const bytes = await make();
    writeFileSync(file, bytes);
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [build, root] of builds)
        rows.push({ attack: name, kilobytes: Math.ceil(bytes.length / 1000), ...read(file, build, root) });
      console.log(rows.slice(-builds.size).map(told).join("\n"));
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`appended to ${await appendResults("decode-attacks", rows)}`);

function read(file: string, build: string, root: string): Row {
  const script = join(packageRoot(), "dist", "bench", "decode-attacks", "read-one.js");
  const { stdout, stderr, signal } = spawnSync(process.execPath, [script, file, root], {
    encoding: "utf8",
    timeout: patienceMs,
    killSignal: "SIGKILL",
  });
  if (signal !== null) {
    const outcome = `not finished after ${patienceMs / 1000} s`;
    return { build, outcome, seconds: "", processor_seconds: "", peak_mebibytes: "", longest_pause_ms: "" };
  }
  if (stdout === "") throw new Error(stderr);
  const { outcome, ...numbers } = JSON.parse(stdout) as Reading;
  return {
    build,
    outcome,
    seconds: numbers.seconds.toFixed(2),
    processor_seconds: numbers.processorSeconds.toFixed(2),
    peak_mebibytes: numbers.peakMebibytes.toFixed(0),
    longest_pause_ms: numbers.longestPauseMs.toFixed(0),
  };
}

function told({ attack, kilobytes, build, outcome, seconds, processor_seconds, peak_mebibytes }: Row): string {
  return `${attack} (${kilobytes} kB), ${build}: ${outcome}, ${seconds} s, ${processor_seconds} s computing, ${peak_mebibytes} MiB`;
}
