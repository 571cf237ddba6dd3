import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, factsOf } from "./errors.js";

test("an error is its facts, and its message is put together from them", () => {
  const facts = { place: "a.png", rule: "both sides must be 2 at least", received: "1x1 pixels", remedy: "Replace it" };
  const error = new AppError("IMAGE_TOO_SMALL", facts, { cause: "none" });
  assert.equal(error.message, "a.png: both sides must be 2 at least. Received 1x1 pixels. Replace it.");
  assert.deepEqual(factsOf(error), facts);
  assert.deepEqual(factsOf(structuredClone(factsOf(error))), facts);
  assert.equal(error.cause, "none");
});

test("a message has no gap where a fact is missing, and no second full stop", () => {
  const bare = new AppError("MODEL_UNKNOWN", {
    place: "model",
    rule: "one of custom",
    remedy: 'Did you mean "custom"?',
  });
  assert.equal(bare.message, 'model: one of custom. Did you mean "custom"?');
  assert.equal(bare.received, undefined);
  const ended = new AppError("FILE_UNREADABLE", { place: "a", rule: "cannot be read: No such file.", remedy: "Look." });
  assert.equal(ended.message, "a: cannot be read: No such file. Look.");
});
