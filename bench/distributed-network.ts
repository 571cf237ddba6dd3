// Four hosts that train one network over links of 1 Gbit/s and 100 Mbit/s: network namespaces of this machine. How many bytes a step
// takes, how long, and which share of the communication is hidden behind computing. Needs root, `ip` and `tc`.
//
//   sudo node dist/bench/distributed-network.js [--hosts 4] [--models custom,mobilenet] [--rates 1gbit,100mbit] [--batch 8] [--steps 6]
//     [--exchanges float32,bfloat16]
//
// Each host has one thread, and takes turns between steps that compute, that exchange gradients and that do both (network/member.ts);
// hidden is (compute + exchange - train) / exchange, of medians. Appends rows to bench/results/distributed-network.csv.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { GradientExchange } from "../src/training/data-parallel/gradient-exchange.js";
import { freePort } from "../test/support/free-port.js";
import { type Hosts, makeHosts } from "./network/hosts.js";
import type { Measured, Member } from "./network/member.js";
import { appendResults } from "./results-file.js";

const { values } = parseArgs({
  options: {
    hosts: { type: "string", default: "4" },
    models: { type: "string", default: "custom,mobilenet" },
    rates: { type: "string", default: "1gbit,100mbit" },
    exchanges: { type: "string", default: "float32,bfloat16" },
    batch: { type: "string", default: "8" },
    steps: { type: "string", default: "6" },
  },
});
const [size, batch, steps] = [Number(values.hosts), Number(values.batch), Number(values.steps)];
const script = fileURLToPath(new URL("network/member.js", import.meta.url));

/** What the slowest host measured, and what a host sends in a step on average. */
async function run(
  hosts: Hosts,
  work: Pick<Member, "model" | "exchange">,
): Promise<Measured & { readonly bytesPerStep: number }> {
  const port = await freePort();
  const before = hosts.addresses.map((_, host) => hosts.bytesSent(host));
  const ended = hosts.addresses.map((address, rank) => {
    const member: Member = { ...work, rank, size, host: hosts.addresses[0] as string, address, port, batch, steps };
    return output([...hosts.enter(rank), process.execPath, script, JSON.stringify(member)]);
  });
  const measured = (await Promise.all(ended)).map((text) => JSON.parse(text) as Measured);
  const sent = before.map((bytes, host) => hosts.bytesSent(host) - bytes);
  // Gradients go round in training steps and in exchanges, one of each before those that count.
  const bytesPerStep = sent.reduce((sum, bytes) => sum + bytes, 0) / size / (2 * (steps + 1));
  const slowest = measured.reduce((last, other) => (other.seconds.train > last.seconds.train ? other : last));
  return { ...slowest, bytesPerStep };
}

function output([program = "", ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(text) : reject(new Error(`a process ended with ${code}`))));
  });
}

const rows = [];
for (const rate of values.rates.split(",")) {
  const hosts = makeHosts(size, rate);
  try {
    for (const model of values.models.split(",")) {
      for (const exchange of values.exchanges.split(",") as GradientExchange[]) {
        const { seconds, bytesPerStep, gradientBytes } = await run(hosts, { model, exchange });
        const row = {
          hosts: size,
          rate,
          model,
          batch,
          steps,
          exchange,
          gradient_mb: (gradientBytes / 1e6).toFixed(2),
          sent_mb: (bytesPerStep / 1e6).toFixed(2),
          compute_s: seconds.compute.toFixed(3),
          exchange_s: seconds.exchange.toFixed(3),
          train_s: seconds.train.toFixed(3),
          hidden: ((seconds.compute + seconds.exchange - seconds.train) / seconds.exchange).toFixed(2),
        };
        console.log(row);
        rows.push(row);
      }
    }
  } finally {
    hosts.remove();
  }
}
console.log(await appendResults("distributed-network", rows));
