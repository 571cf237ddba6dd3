import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { Backlog } from "./backlog.js";
import { ServerBusyError } from "./server-busy.js";

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
  const place = backlog.enter(6, "a");
  assert.throws(() => backlog.enter(5, "a"), hasCode("SERVER_BUSY", "10 images at a time"));
  backlog.enter(4, "a");
  assert.throws(() => backlog.refuseWhenFull("a"), hasCode("SERVER_BUSY", "10 images"));
  place.leave();
  place.leave();
  assert.equal(backlog.images, 4);
  backlog.refuseWhenFull("a");
});

test("the time to wait grows with the time that images take, from 1 to 60 seconds", () => {
  let now = 0;
  const backlog = new Backlog(10, () => now);
  const wait = () => {
    const place = backlog.enter(10, "a");
    const seconds = retryAfter(() => backlog.enter(1, "a"));
    place.leave();
    return seconds;
  };
  assert.equal(wait(), 1);
  for (let i = 0; i < 40; i++) {
    const place = backlog.enter(10, "a");
    now += 20_000; // ten images in 20 s: 2 s each
    place.leave();
  }
  // 1 image over and half of the queue: 6 images of 2 s
  assert.equal(wait(), 12);
  for (let i = 0; i < 40; i++) {
    const place = backlog.enter(1, "a");
    now += 3_600_000;
    place.leave();
  }
  assert.equal(wait(), 60);
});

test("when it is full, who has the most gives way with what came last and is not begun", () => {
  let gaveWay = 0;
  const backlog = new Backlog(
    10,
    () => 0,
    () => gaveWay++,
  );
  const places = Array.from({ length: 10 }, () => backlog.enter(1, "many"));
  for (const place of places.slice(0, 3)) place.begin();
  backlog.refuseWhenFull("few");
  backlog.enter(2, "few");
  assert.equal(backlog.images, 10);
  const given = places.map(({ signal }) => signal.aborted);
  assert.deepEqual(given, [...Array(8).fill(false), true, true]);
  assert.ok(places[9]?.signal.reason instanceof ServerBusyError);
  places[9]?.leave(); // as its request does when it is answered
  assert.equal(backlog.images, 10);
  backlog.enter(2, "few"); // 4 beside 6
  backlog.enter(1, "few"); // 5 beside 5
  assert.throws(() => backlog.enter(1, "few"), hasCode("SERVER_BUSY", ""), "nobody has more than it would have");
  assert.throws(() => backlog.refuseWhenFull("many"), hasCode("SERVER_BUSY", ""));
  backlog.enter(2, "third");
  assert.equal(gaveWay, 7);
});

test("what is begun does not give way, and nobody gives way in vain", () => {
  const backlog = new Backlog(4, () => 0);
  const places = Array.from({ length: 4 }, () => backlog.enter(1, "many"));
  for (const place of places.slice(0, 3)) place.begin();
  assert.throws(() => backlog.enter(2, "few"), hasCode("SERVER_BUSY", ""));
  assert.ok(places.every(({ signal }) => !signal.aborted));
  backlog.enter(1, "few");
  assert.deepEqual(
    places.map(({ signal }) => signal.aborted),
    [false, false, false, true],
  );
});
