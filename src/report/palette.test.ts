import assert from "node:assert/strict";
import { test } from "node:test";
import { blues } from "./palette.js";

test("the blue scale runs from ColorBrewer's lightest to its darkest and stays inside", () => {
  assert.equal(blues(0), "rgb(247,251,255)");
  assert.equal(blues(1), "rgb(8,48,107)");
  assert.equal(blues(0.5), "rgb(107,174,214)");
  assert.equal(blues(-1), blues(0));
  assert.equal(blues(2), blues(1));
});
