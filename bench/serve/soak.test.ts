// The soak in short: that its clients reach the server, that good requests do not fail beside bad and hanging ones, and that
// the slope is what it says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readImages, writeModel } from "./served-process.js";
import { slopePerHour } from "./slope.js";
import { soak } from "./soak.js";

test("the slope is that of the line, whatever single samples do", () => {
  const samples = Array.from({ length: 2000 }, (_, i) => ({
    seconds: i,
    mib: 400 + (3 * i) / 3600 + (i % 9 === 0 ? 80 : 0),
  }));
  assert.ok(Math.abs(slopePerHour(samples) - 3) < 0.1);
  assert.ok(Number.isNaN(slopePerHour(samples.slice(0, 1))));
});

test("a short soak: good requests are answered beside bad and hanging clients", {
  skip: process.platform !== "linux" && "it needs /proc and the addresses 127.0.0.2 and .3",
  timeout: 300_000,
}, async () => {
  const result = await soak({ model: writeModel(), images: (await readImages(undefined)).slice(0, 4), seconds: 8 });
  assert.equal(result.good_failed, 0, JSON.stringify(result));
  assert.ok(result.good_answers > 0 && result.bad_requests > 0, JSON.stringify(result));
  assert.ok(!/(^|, )5\d\d: /.test(result.bad_answers), result.bad_answers);
  assert.match(result.bad_answers, /422: \d/);
  assert.ok(Number(result.resident_mib_end) < 1500);
});
