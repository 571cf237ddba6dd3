// Calls to a worker that is made up here: what becomes of them when it ends or hangs, and which of them are made again.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { AppError } from "../core/errors.js";
import { CallQueue, type PostedCall } from "./call-queue.js";

interface Calls {
  open: { request: { readonly url: string }; reply: string };
  read: { request: { readonly file: object }; reply: number };
}

const limitsMs = { open: 5000, read: 1000 };
const [good, bad, other] = [{ name: "good" }, { name: "bad" }, { name: "other" }];

/** A queue with all that its workers were sent, one list for each worker. */
function queueOf(onLost: (queue: CallQueue<Calls>) => void = () => {}) {
  const workers: { readonly posted: PostedCall[]; hasEnded: boolean }[] = [];
  const queue: CallQueue<Calls> = new CallQueue<Calls>({
    start: () => {
      const worker = { posted: [] as PostedCall[], hasEnded: false };
      workers.push(worker);
      return {
        post: (call) => worker.posted.push(call),
        end: () => {
          worker.hasEnded = true;
        },
      };
    },
    limitsMs,
    onLost: () => onLost(queue),
    subjectOf: (request) => ("file" in request ? request.file : undefined),
  });
  const last = () => workers.at(-1)?.posted.at(-1)?.callId as number;
  return { queue, workers, last };
}

const lost = (part: string) => (thrown: unknown) => {
  assert.ok(thrown instanceof AppError && thrown.code === "PAGE_WORKER_LOST", String(thrown));
  assert.ok(thrown.message.includes(part), thrown.message);
  return true;
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

test("one worker takes all calls, and each gets its own answer, whatever the order", async () => {
  const { queue, workers } = queueOf();
  const calls = [queue.call("open", { url: "m" }), queue.call("read", { file: good })] as const;
  const [first = 0, second = 0] = workers.flatMap(({ posted }) => posted.map(({ callId }) => callId));
  queue.answer(second, { failure: new AppError("IMAGE_UNREADABLE", { place: "a.png", rule: "no image" }) });
  queue.answer(first, { reply: "opened" });
  queue.answer(first, { reply: "twice" });
  assert.equal(await calls[0], "opened");
  await assert.rejects(calls[1], { code: "IMAGE_UNREADABLE" });
  assert.equal(workers.length, 1);
});

test("a worker that ends fails the call it was at; those behind it are made again, after what the owner asks first", async () => {
  const { queue, workers, last } = queueOf((own) => void own.call("open", { url: "again" }));
  const failing = queue.call("read", { file: bad });
  const shown = queue.call("read", { file: bad });
  const waiting = queue.call("read", { file: good });
  queue.lose("it ran out of memory");
  await assert.rejects(failing, lost("out of memory"));
  await assert.rejects(shown, lost("out of memory"), "the same file would end the next worker too");
  assert.ok(workers[0]?.hasEnded);
  assert.deepEqual(
    workers[1]?.posted.map(({ name, request }) => [name, request]),
    [
      ["open", { url: "again" }],
      ["read", { file: good }],
    ],
  );
  queue.answer(last(), { reply: 0.5 });
  assert.equal(await waiting, 0.5);
});

test("only the call whose turn it is can be late", async () => {
  const { queue, workers, last } = queueOf();
  const slow = queue.call("open", { url: "m" });
  const opening = last();
  const read = queue.call("read", { file: good });
  mock.timers.tick(limitsMs.open - 1);
  queue.answer(opening, { reply: "opened" });
  assert.equal(await slow, "opened");
  mock.timers.tick(limitsMs.read - 1);
  assert.equal(workers.length, 1, "the time to read begins when the model is open");
  const behind = queue.call("read", { file: other });
  mock.timers.tick(1);
  await assert.rejects(read, lost("did not answer in time"));
  mock.timers.tick(limitsMs.read - 1);
  queue.answer(last(), { reply: 0.25 });
  assert.equal(await behind, 0.25);
  mock.timers.tick(10 * limitsMs.open);
  assert.equal(workers.length, 2, "nothing is late when nothing is asked");
});

test("workers that cannot start fail one call each, and then there is peace", async () => {
  const { queue, workers } = queueOf();
  const calls = [good, bad, other].map((file) => queue.call("read", { file }));
  for (let i = 0; i < calls.length; i++) queue.lose("it could not be loaded");
  for (const call of calls) await assert.rejects(call, lost("could not be loaded"));
  assert.equal(workers.length, 3);
  queue.lose("nobody was there");
  assert.equal(workers.length, 3);
});
