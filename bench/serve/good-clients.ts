// Clients that behave: each sends an image when it has the answer to the last one. A refusal that says when to come again is
// obeyed and is no failure; everything else that is no 200 is one.
import { Agent, request } from "node:http";

export interface GoodResults {
  /** Milliseconds of each good answer. */
  readonly elapsedMs: readonly number[];
  readonly refused: number;
  /** What became of those that failed, such as "503" or "ECONNRESET", and how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export interface GoodClients {
  readonly clients: number;
  readonly seconds: number;
  /** Of the loopback network, from which they ask. */
  readonly from: string;
}

/** The longest that a client waits before it asks again, however long it was told to. */
const longestPauseMs = 1000;
/** A client gives up on an answer; it counts as a failure. */
const patienceMs = 60_000;

export async function runGoodClients(
  address: string,
  images: readonly Buffer[],
  { clients, seconds, from }: GoodClients,
): Promise<GoodResults> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients, localAddress: from });
  const elapsedMs: number[] = [];
  const failures: Record<string, number> = {};
  let [refused, next] = [0, 0];
  const start = performance.now();
  const endMs = start + seconds * 1000;
  const runOne = async () => {
    while (performance.now() < endMs) {
      const sentMs = performance.now();
      const outcome = await ask(address, images[next++ % images.length] as Buffer, agent);
      if (outcome === "200") elapsedMs.push(performance.now() - sentMs);
      else if (outcome === "429") refused++;
      else failures[outcome] = (failures[outcome] ?? 0) + 1;
      if (outcome !== "200")
        await new Promise((resolve) => setTimeout(resolve, Math.min(longestPauseMs, endMs - performance.now())));
    }
  };
  await Promise.all(Array.from({ length: clients }, runOne));
  agent.destroy();
  return { elapsedMs, refused, failures, seconds: (performance.now() - start) / 1000 };
}

/** The status, or the error's code. */
function ask(address: string, image: Buffer, agent: Agent, isSecondTry = false): Promise<string> {
  return new Promise((resolve) => {
    const headers = { "content-type": "image/jpeg", "content-length": image.length };
    const sent = request(`${address}/v1/predict`, { method: "POST", agent, headers, timeout: patienceMs }, (reply) => {
      const isSound = reply.statusCode !== 429 || Number(reply.headers["retry-after"]) >= 1;
      reply.on("error", () => resolve("cut off"));
      reply.resume().on("end", () => resolve(isSound ? String(reply.statusCode) : "429 without Retry-After"));
    });
    sent.on("timeout", () => sent.destroy(Object.assign(new Error(), { code: "no answer" })));
    sent.on("error", (error: Error & { code?: string }) => {
      // As every HTTP client does: a kept connection that the server closed meanwhile is replaced, once.
      if (sent.reusedSocket && error.code === "ECONNRESET" && !isSecondTry) resolve(ask(address, image, agent, true));
      else resolve(error.code ?? error.message);
    });
    sent.end(image);
  });
}

/** The value below which a share of them lies; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
