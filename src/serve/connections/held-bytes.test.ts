import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { HeldBytes } from "./held-bytes.js";

function held(options: Partial<ConstructorParameters<typeof HeldBytes>[0]> = {}) {
  const clock = { now: 0 };
  const drops: string[] = [];
  const limits = { maxHeldBytes: 100, maxHeldBytesPerClient: 60, minUploadBytesPerSecond: 2, ...options };
  const bytes = new HeldBytes(
    limits,
    (reason) => drops.push(reason),
    () => clock.now,
  );
  const ended: string[] = [];
  const open = (client: string) => bytes.open(client, (error) => ended.push(`${client} ${error.code}`));
  return { bytes, clock, drops, ended, open };
}

test("bytes are held up to a bound over all requests, and up to another for each client", () => {
  const { bytes, open, ended } = held();
  const [first, second, other] = [open("a"), open("a"), open("b")];
  first.take(40);
  assert.throws(() => second.take(21), hasCode("SERVER_BUSY", "60 bytes of one client"));
  second.take(20);
  other.take(40);
  assert.throws(() => other.take(1), hasCode("SERVER_BUSY", "100 bytes of requests"));
  first.release();
  first.release();
  assert.equal(bytes.bytes, 60);
  other.take(20);
  assert.deepEqual(ended, []);
});

test("an upload that stands still gives way, its client's own first; one that is whole does not", () => {
  const { bytes, clock, drops, ended, open } = held();
  const whole = open("a");
  whole.take(40);
  whole.arrived();
  open("b").take(60);
  clock.now = 1001;
  open("a").take(20); // no room: b stands still
  open("c").take(1);
  assert.deepEqual([ended, drops], [["b SERVER_BUSY"], ["upload-gave-way"]]);
  assert.equal(bytes.bytes, 61);
  clock.now = 2003;
  open("a").take(10);
  assert.deepEqual(ended.slice(1), ["a SERVER_BUSY"], "the share of a client is its own to clear");
});

test("an upload that is too slow over five seconds is ended", () => {
  const { bytes, clock, drops, ended, open } = held();
  const [slow, fast, whole] = [open("slow"), open("fast"), open("whole")];
  whole.arrived();
  for (let second = 1; second <= 5; second++) {
    clock.now = second * 1000;
    slow.take(1);
    fast.take(2);
    bytes.sweep();
  }
  assert.deepEqual([ended, drops], [["slow REQUEST_TOO_SLOW"], ["upload-too-slow"]]);
  assert.equal(bytes.bytes, 10);
  clock.now = 9999;
  bytes.sweep();
  assert.equal(ended.length, 1);
  clock.now = 10_001;
  bytes.sweep();
  assert.deepEqual(ended, ["slow REQUEST_TOO_SLOW", "fast REQUEST_TOO_SLOW"]);
});
