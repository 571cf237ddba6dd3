import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { Downloads } from "./downloads.js";
import { RefusalDamper } from "./refusal-damper.js";

test("large answers are counted for each client and in all, until they end", () => {
  const downloads = new Downloads();
  const ends = Array.from({ length: 6 }, () => downloads.begin("a"));
  assert.throws(() => downloads.begin("a"), hasCode("SERVER_BUSY", "6 large answers"));
  for (let i = 0; i < 58; i++) downloads.begin(`other ${i}`);
  assert.throws(() => downloads.begin("b"), hasCode("SERVER_BUSY", "64 large answers"));
  ends[0]?.();
  downloads.begin("b");
  assert.throws(() => downloads.begin("a"), hasCode("SERVER_BUSY", ""));
});

test("a client that is refused again and again waits for it, others do not, and a second later it starts anew", async () => {
  const damper = new RefusalDamper();
  const timed = async (client: string) => {
    const start = performance.now();
    await damper.wait(client);
    return performance.now() - start;
  };
  for (let i = 0; i < 16; i++) assert.ok((await timed("a")) < 200);
  assert.ok((await timed("a")) >= 490);
  assert.ok((await timed("b")) < 200);
  damper.sweep();
  assert.ok((await timed("a")) < 200);
});
