// What good clients keep of their rate while the server is attacked, attack by attack, and how much memory it takes: from one
// other address, and from eight. Rounds without and with the attack take turns, each attack on a new server. Only a server that
// this script starts is attacked, on the loopback network of this machine (Linux: it needs its addresses 127.0.0.2 to .9).
//
//   node dist/bench/serve-attacks.js [--model <model>] [--images <folder of JPEGs>] [--seconds 8] [--rounds 3]
//     [--only <part of a name>] [--build <dist folder of another build> --label <its name>]
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { appendResults, type Row } from "./results-file.js";
import { attacks } from "./serve/attacks.js";
import { percentile, runGoodClients } from "./serve/good-clients.js";
import { readImages, type ServedProcess, startServed, writeModel } from "./serve/served-process.js";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    images: { type: "string" },
    seconds: { type: "string", default: "8" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    build: { type: "string" },
    label: { type: "string", default: "this build" },
  },
});
const model = values.model ?? writeModel();
const images = await readImages(values.images);
const imagePath = join(mkdtempSync(join(tmpdir(), "pneumoscope-bench-")), "image.jpeg");
writeFileSync(imagePath, images[0] as Buffer);
const seconds = Number(values.seconds);
const goodClients = 8;
const attackers = {
  "one address": ["127.0.0.2"],
  "eight addresses": Array.from({ length: 8 }, (_, i) => `127.0.0.${i + 2}`),
} as const;

for (const name of Object.keys(attacks).filter((other) => other.includes(values.only))) {
  for (const [place, from] of Object.entries(attackers)) {
    const row = await measure(name, from);
    console.log({ attack: name, place, ...row });
    await appendResults("serve-attacks", [{ build: values.label, attack: name, from: place, ...row }]);
  }
}

async function measure(name: string, from: readonly string[]): Promise<Row> {
  const server = await startServed({ model, build: values.build });
  const good = (length: number) =>
    runGoodClients(server.address, images, { clients: goodClients, seconds: length, from: "127.0.0.1" });
  await good(2);
  const calm: number[] = [];
  const attacked: number[] = [];
  const latencies: number[] = [];
  const memory = watchMemory(server);
  let [refused, failed] = [0, 0];
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = await good(seconds);
    calm.push(before.elapsedMs.length / before.seconds);
    const attack = fork(fileURLToPath(new URL("./serve/attack-child.js", import.meta.url)), [
      name,
      new URL(server.address).port,
      from.join(","),
      imagePath,
    ]);
    await once(attack, "spawn");
    await new Promise((resolve) => setTimeout(resolve, 1000)); // until it holds what it can
    const during = await good(seconds);
    attacked.push(during.elapsedMs.length / during.seconds);
    latencies.push(...during.elapsedMs);
    refused += during.refused;
    failed += Object.values(during.failures).reduce((sum, count) => sum + count, 0);
    if (Object.keys(during.failures).length > 0) console.log(during.failures);
    attack.kill("SIGKILL");
    await once(attack, "exit");
  }
  const peakMiB = memory.stop();
  const hasEnded = server.hasEnded();
  await server.stop();
  return {
    rate_before: median(calm).toFixed(1),
    rate_during: median(attacked).toFixed(1),
    kept: (median(attacked) / median(calm)).toFixed(2),
    p99_ms: percentile(latencies, 0.99).toFixed(0),
    refused_429: refused,
    failed: hasEnded ? "the server ended" : failed,
    peak_mib: peakMiB.toFixed(0),
    rounds: values.rounds,
    seconds,
    // Of the machine, over a minute: where it is above the number of cores, attackers and others take from good clients' rate too.
    load: (loadavg()[0] ?? 0).toFixed(1),
  };
}

function watchMemory(server: ServedProcess): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, server.residentMiB());
  }, 100);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}
