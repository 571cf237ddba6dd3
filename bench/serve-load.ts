// How much load the HTTP server carries and what it does beyond: 32 clients on loopback, each asking again when it has its
// answer, with batches and one image at a time in turns; then twice the rate that it carried. The server is a process of
// its own. Only this machine is asked; requests are bounded in number.
//
//   node dist/bench/serve-load.js --model runs/<name> --images <folder of JPEGs> [--requests 320] [--rounds 3]
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openClassifier } from "../src/inference.js";
import { createServer, listen } from "../src/serve.js";
import { appendResults, type Row } from "./results-file.js";

const clients = 32;
const mostRequests = 5000;

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    images: { type: "string" },
    requests: { type: "string", default: "320" },
    rounds: { type: "string", default: "3" },
    batch: { type: "string", default: "16" },
    role: { type: "string", default: "client" },
  },
});
if (values.model === undefined || values.images === undefined) throw new Error("--model and --images are needed");
if (values.role === "server") await runServer(values.model, Number(values.batch));
else await measure();

async function runServer(place: string, maxBatch: number): Promise<void> {
  const classifier = await openClassifier(place, { keepsFile: true });
  const app = await createServer(classifier, { maxBatch });
  process.send?.({ address: await listen(app, "127.0.0.1", 0), model: classifier.contract.model });
}

interface Answered {
  readonly status: number;
  readonly elapsedMs: number;
}

async function measure(): Promise<void> {
  const count = Math.min(mostRequests, Number(values.requests));
  const images = readImages(values.images as string);
  const carried = new Map<number, number[]>();
  const rows: Row[] = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const batch of [16, 1]) {
      const server = await startServer(batch);
      await closedLoop(server.address, images, 2 * clients);
      const { answers, seconds } = await closedLoop(server.address, images, count);
      const rate = answers.length / seconds;
      carried.set(batch, [...(carried.get(batch) ?? []), rate]);
      rows.push(rowOf(server.model, `${clients} clients, batches up to ${batch}`, round, answers, seconds));
      if (batch === 16) {
        const doubled = await openLoop(server.address, images, 2 * rate, Math.min(mostRequests, 2 * count));
        rows.push(rowOf(server.model, "twice that rate, batches up to 16", round, doubled.answers, doubled.seconds));
      }
      server.stop();
    }
  }
  console.log(await appendResults("serve-load", rows));
}

function readImages(folder: string): readonly Buffer[] {
  const names = readdirSync(folder).filter((name) => /\.(jpe?g|png)$/i.test(name));
  return names.slice(0, 64).map((name) => readFileSync(join(folder, name)));
}

async function startServer(batch: number) {
  const args = ["--role", "server", "--model", values.model as string, "--images", ".", "--batch", String(batch)];
  const child = fork(fileURLToPath(import.meta.url), args);
  const [{ address, model }] = (await once(child, "message")) as [{ address: string; model: string }];
  return { address, model, stop: () => child.kill() };
}

/** So many clients, each with one request at a time. */
async function closedLoop(address: string, images: readonly Buffer[], count: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers: Answered[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < count) answers.push(await ask(address, images[next++ % images.length] as Buffer, agent));
    }),
  );
  agent.destroy();
  return { answers, seconds: (performance.now() - start) / 1000 };
}

/** Requests at a rate, whatever becomes of those before. */
async function openLoop(address: string, images: readonly Buffer[], perSecond: number, count: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const start = performance.now();
  const asked: Promise<Answered>[] = [];
  while (asked.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - start) / 1000) * perSecond) + 1);
    while (asked.length < due) asked.push(ask(address, images[asked.length % images.length] as Buffer, agent));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const answers = await Promise.all(asked);
  agent.destroy();
  return { answers, seconds: (performance.now() - start) / 1000 };
}

/** Status 0 stands for a connection that failed; a 429 must say when to come again. */
function ask(address: string, image: Buffer, agent: Agent): Promise<Answered> {
  const start = performance.now();
  return new Promise((resolve) => {
    const done = (status: number) => resolve({ status, elapsedMs: performance.now() - start });
    const headers = { "content-type": "image/jpeg", "content-length": image.length };
    const sent = request(`${address}/v1/predict`, { method: "POST", agent, headers }, (reply) => {
      const isSound = reply.statusCode !== 429 || Number(reply.headers["retry-after"]) >= 1;
      reply.resume().on("end", () => done(isSound ? (reply.statusCode ?? 0) : 0));
    });
    sent.on("error", () => done(0)).end(image);
  });
}

function rowOf(model: string, what: string, round: number, answers: readonly Answered[], seconds: number): Row {
  const ok = answers.filter(({ status }) => status === 200).map(({ elapsedMs }) => elapsedMs);
  ok.sort((a, b) => a - b);
  const percentile = (share: number) =>
    (ok[Math.min(ok.length - 1, Math.floor(share * ok.length))] ?? Number.NaN).toFixed(0);
  const refused = answers.filter(({ status }) => status === 429).length;
  const row = {
    model,
    what,
    round,
    requests: answers.length,
    answered_200: ok.length,
    refused_429: refused,
    failed: answers.length - ok.length - refused,
    images_per_second: (ok.length / seconds).toFixed(1),
    p50_ms: percentile(0.5),
    p99_ms: percentile(0.99),
  };
  console.log(row);
  return row;
}
