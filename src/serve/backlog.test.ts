import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { Backlog, HeldBytes, ServerBusyError } from "./backlog.js";

const retryAfter = (action: () => unknown): number => {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof ServerBusyError) return thrown.retryAfterSeconds;
    throw thrown;
  }
  return assert.fail("it was not refused");
};

test("what does not fit is refused; what leaves makes room, once", () => {
  const backlog = new Backlog(10, () => 0);
  const leave = backlog.enter(6);
  assert.throws(() => backlog.enter(5), hasCode("SERVER_BUSY", "10 images at a time"));
  backlog.enter(4);
  assert.throws(() => backlog.refuseWhenFull(), hasCode("SERVER_BUSY", "10 images"));
  leave();
  leave();
  assert.equal(backlog.images, 4);
  backlog.refuseWhenFull();
});

test("the time to wait grows with the time that images take, from 1 to 60 seconds", () => {
  let now = 0;
  const backlog = new Backlog(10, () => now);
  const wait = () => {
    const leave = backlog.enter(10);
    const seconds = retryAfter(() => backlog.enter(1));
    leave();
    return seconds;
  };
  assert.equal(wait(), 1);
  for (let i = 0; i < 40; i++) {
    const leave = backlog.enter(10);
    now += 20_000; // ten images in 20 s: 2 s each
    leave();
  }
  // 1 image over and half of the queue: 6 images of 2 s
  assert.equal(wait(), 12);
  for (let i = 0; i < 40; i++) {
    const leave = backlog.enter(1);
    now += 3_600_000;
    leave();
  }
  assert.equal(wait(), 60);
});

test("bytes are held up to a bound over all requests", () => {
  const held = new HeldBytes(100);
  held.take(60);
  assert.throws(() => held.take(41), hasCode("SERVER_BUSY", "100 bytes"));
  held.take(40);
  held.give(100);
  assert.equal(held.bytes, 0);
});
