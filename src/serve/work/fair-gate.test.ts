import assert from "node:assert/strict";
import { test } from "node:test";
import { FairGate } from "./fair-gate.js";

/** A gate whose clock and actions the test moves: an action ends when its client is told to. */
function heldGate(places: number) {
  let nowMs = 0;
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const gate = new FairGate(places, () => nowMs);
  const submit = (client: string, signal?: AbortSignal) =>
    gate.run(
      client,
      () =>
        new Promise<void>((resolve) => {
          begun.push(client);
          ends.push(resolve);
        }),
      signal,
    );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const endNext = async (elapsedMs: number) => {
    nowMs += elapsedMs;
    ends.shift()?.();
    await settle();
  };
  return { gate, submit, begun, endNext, settle };
}

test("clients whose actions take as long as each other take turns, however many one has sent", async () => {
  const { submit, begun, endNext, settle } = heldGate(1);
  const all = [..."aaaaaabbb"].map((client) => submit(client));
  await settle();
  for (let i = 0; i < 9; i++) await endNext(10);
  await Promise.all(all);
  // The first was alone when it came; then in turns while both wait.
  assert.match(begun.join(""), /^a(ba|ab){2}/);
  assert.equal(begun.slice(0, 6).filter((client) => client === "b").length, 3);
});

test("a client whose actions are long is served as much time as another, not as many actions", async () => {
  const { submit, begun, endNext, settle } = heldGate(1);
  const all = [..."llllll", ..."s".repeat(40)].map((client) => submit(client));
  await settle();
  for (let i = 0; i < 44; i++) await endNext(begun.at(-1) === "l" ? 1000 : 50);
  // 2 s of long actions are as much as 40 short ones.
  const atLastShort = begun.slice(0, begun.lastIndexOf("s") + 1);
  assert.ok(atLastShort.filter((client) => client === "l").length <= 4, begun.join(""));
  await endNext(1000);
  await endNext(1000);
  await endNext(1000);
  await Promise.all(all);
});

test("being away earns no credit", async () => {
  const { submit, begun, endNext, settle } = heldGate(1);
  for (let i = 0; i < 20; i++) {
    const alone = submit("busy");
    await settle();
    await endNext(100);
    await alone;
  }
  begun.length = 0;
  const all = [..."nnnnnnnn", ..."bbbb"].map((client) => submit(client === "n" ? "new" : "busy"));
  await settle();
  for (let i = 0; i < 12; i++) await endNext(100);
  await Promise.all(all);
  assert.ok(begun.slice(0, 8).filter((client) => client === "busy").length >= 3, begun.join(" "));
});

test("as many run as there are places; one that aborts while it waits never runs, and its place goes on", async () => {
  const { submit, begun, endNext, settle } = heldGate(2);
  const controller = new AbortController();
  const running = [submit("a"), submit("b")];
  const given = submit("c", controller.signal);
  const last = submit("d");
  await settle();
  assert.deepEqual(begun, ["a", "b"]);
  controller.abort(new Error("left"));
  await assert.rejects(given, /left/);
  await assert.rejects(submit("c", controller.signal), /left/);
  for (let i = 0; i < 3; i++) await endNext(1);
  await Promise.all([...running, last]);
  assert.deepEqual(begun, ["a", "b", "d"]);
});

test("an action that fails gives its place back", async () => {
  const { gate, submit, endNext, settle } = heldGate(1);
  await assert.rejects(
    gate.run("a", async () => Promise.reject(new Error("broken"))),
    /broken/,
  );
  const next = submit("a");
  await settle();
  await endNext(1);
  await next;
});
