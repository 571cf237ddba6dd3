// Turns under load, without a network: a client that asks with many requests at a time, again as soon as it is refused, and
// another that asks as one should. Decoding and the model take time on a clock of the test's own and no processor, so that the
// test measures turns alone, on any machine.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { brightnessAnswer, brightnessModel, servedSize } from "../../../test/support/served-brightness.js";
import { defaultServerOptions } from "../server-options.js";
import { Backlog } from "./backlog.js";
import { InferenceService } from "./inference-service.js";

/** A clock that goes on by a millisecond whenever nothing is left to do. */
async function passTime(t: TestContext, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const finished = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise(setImmediate);
    t.mock.timers.tick(1);
  }
  await finished;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const image = { width: servedSize, height: servedSize, data: new Uint8Array(servedSize ** 2) };
const uploads = [{ name: "image", bytes: new Uint8Array() }];

/** @returns images a second of the good client */
async function goodRate(
  t: TestContext,
  { decodeMs, batchMs, greedy }: { decodeMs: number; batchMs: number; greedy: number },
  seconds = 1,
): Promise<number> {
  const options = { ...defaultServerOptions, decoders: 2 };
  const now = () => Date.now();
  const backlog = new Backlog(options.maxQueue, now);
  const decodeRadiograph = async () => {
    await pause(decodeMs);
    return { image, warnings: [] };
  };
  const run = async (images: Uint8Array) => {
    await pause(batchMs);
    return brightnessAnswer(images);
  };
  const service = new InferenceService({ model: { ...brightnessModel, run }, decodeRadiograph }, options, now);
  const endMs = now() + seconds * 1000;
  let done = 0;
  const ask = async (client: string) => {
    const place = backlog.enter(1, client);
    try {
      await service.run(uploads, { client, heatMaps: undefined, signal: place.signal, onBegin: () => place.begin() });
      if (client === "good") done++;
    } finally {
      place.leave();
    }
  };
  const loop = async (client: string) => {
    while (now() < endMs) await ask(client).catch(() => pause(client === "good" ? 100 : 1));
  };
  const clients = [...Array(greedy).fill("greedy"), ...Array(8).fill("good")];
  await passTime(t, Promise.all(clients.map(loop)));
  return done / seconds;
}

for (const [bottleneck, decodeMs, batchMs] of [
  ["decoding", 10, 5],
  ["the model", 2, 100],
] as const) {
  test(`a client keeps half of its rate beside one with 100 requests at a time, where ${bottleneck} is slow`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
    const alone = await goodRate(t, { decodeMs, batchMs, greedy: 0 });
    const beside = await goodRate(t, { decodeMs, batchMs, greedy: 100 });
    assert.ok(beside >= 0.5 * alone, `${beside} of ${alone} images/s`);
  });
}
