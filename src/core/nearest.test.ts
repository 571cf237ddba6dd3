import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean, nearest } from "./nearest.js";

test("nearest names nothing when nothing is near", () => {
  assert.equal(nearest("MobilNet", ["mobilenet", "custom"]), "mobilenet");
  assert.equal(nearest("xyz", ["mobilenet", "custom"]), undefined);
  assert.equal(nearest("x", []), undefined);
  assert.equal(didYouMean("MobilNet", ["mobilenet"]), 'Did you mean "mobilenet"?');
  assert.equal(didYouMean("vgg16", ["custom", "cnn"]), undefined);
});
