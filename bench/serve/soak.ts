// One soak of the server: good clients and their troublesome neighbours for some time, and what became of memory.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GoodResults, percentile, runGoodClients } from "./good-clients.js";
import { type ServedProcess, startServed } from "./served-process.js";
import { slopePerHour } from "./slope.js";

export interface SoakOptions {
  readonly model: string;
  readonly images: readonly Buffer[];
  readonly seconds: number;
  readonly onMinute?: (line: string) => void;
}

export interface SoakResult {
  readonly good_answers: number;
  readonly good_refused_429: number;
  readonly good_failed: number;
  readonly p50_ms: string;
  readonly p99_ms: string;
  readonly max_ms: string;
  readonly bad_requests: number;
  /** Status of each bad request's answer and how often: none may be 5xx. */
  readonly bad_answers: string;
  readonly resident_mib_start: string;
  readonly resident_mib_end: string;
  /** After the first ten minutes, or the first sixth of a shorter run. */
  readonly slope_mib_per_hour: string;
}

/** Of the loopback network: each kind of client is another one to the server. */
const addresses = { good: "127.0.0.1", bad: "127.0.0.2", hanging: "127.0.0.3" };
const goodClients = 8;

/** @throws when the server ends */
export async function soak({ model, images, seconds, onMinute }: SoakOptions): Promise<SoakResult> {
  const server = await startServed({ model });
  const image = join(mkdtempSync(join(tmpdir(), "pneumoscope-bench-")), "image.jpeg");
  writeFileSync(image, images[0] as Buffer);
  const { port } = new URL(server.address);
  const neighbours = ["bad", "hanging"].map((role) =>
    fork(fileURLToPath(new URL("./soak-child.js", import.meta.url)), [role, port, addresses[role as "bad"], image]),
  );
  const answers = new Map<string, number>();
  neighbours[0]?.on("message", (status) => answers.set(String(status), (answers.get(String(status)) ?? 0) + 1));
  const memory = sampleMemory(server, seconds, onMinute);
  const good = await runGoodClients(server.address, images, { clients: goodClients, seconds, from: addresses.good });
  const samples = memory.stop();
  const hasEnded = server.hasEnded();
  for (const child of neighbours) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await server.stop();
  if (hasEnded) throw new Error(`the server ended; good clients: ${JSON.stringify(good.failures)}`);
  return resultOf(good, answers, samples, seconds);
}

interface Sample {
  readonly seconds: number;
  readonly mib: number;
}

function sampleMemory(server: ServedProcess, seconds: number, onMinute: SoakOptions["onMinute"]) {
  const samples: Sample[] = [];
  const start = performance.now();
  const everyMs = Math.min(5000, (seconds * 1000) / 30);
  let minutes = 0;
  const timer = setInterval(() => {
    const elapsed = (performance.now() - start) / 1000;
    samples.push({ seconds: elapsed, mib: server.residentMiB() });
    if (elapsed / 60 < minutes + 1) return;
    minutes = Math.floor(elapsed / 60);
    onMinute?.(`${minutes} min: ${samples.at(-1)?.mib.toFixed(0)} MiB`);
  }, everyMs);
  return {
    stop: (): readonly Sample[] => {
      clearInterval(timer);
      return samples;
    },
  };
}

function resultOf(
  good: GoodResults,
  answers: ReadonlyMap<string, number>,
  samples: readonly Sample[],
  seconds: number,
): SoakResult {
  const settledAfter = Math.min(600, seconds / 6);
  const settled = samples.filter((sample) => sample.seconds >= settledAfter);
  const failed = Object.values(good.failures).reduce((sum, count) => sum + count, 0);
  const mib = (sample: Sample | undefined) => (sample?.mib ?? Number.NaN).toFixed(0);
  return {
    good_answers: good.elapsedMs.length,
    good_refused_429: good.refused,
    good_failed: failed,
    p50_ms: percentile(good.elapsedMs, 0.5).toFixed(0),
    p99_ms: percentile(good.elapsedMs, 0.99).toFixed(0),
    max_ms: percentile(good.elapsedMs, 1).toFixed(0),
    bad_requests: [...answers.values()].reduce((sum, count) => sum + count, 0),
    bad_answers: [...answers].map(([status, count]) => `${status}: ${count}`).join(", "),
    resident_mib_start: mib(settled[0]),
    resident_mib_end: mib(settled.at(-1)),
    slope_mib_per_hour: slopePerHour(settled).toFixed(1),
  };
}
