// Window and level, zooming and moving, the colours of heat maps, and the words about a model.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heatPicture, isCold } from "./heat-picture.js";
import { policyText, proportionText, scoreText } from "./model-words.js";
import { defaultPageSettings, parsePageSettings } from "./page-settings.js";
import { fitted, moved, zoomed } from "./view-transform.js";
import { draggedWindow, fullWindow, percentileWindow, windowTable } from "./window-level.js";

test("the full window changes nothing, inverted it mirrors", () => {
  assert.deepEqual(
    [...windowTable(fullWindow, "as stored")],
    Array.from({ length: 256 }, (_, i) => i),
  );
  assert.deepEqual(
    [...windowTable(fullWindow, "inverted")],
    Array.from({ length: 256 }, (_, i) => 255 - i),
  );
});

test("a narrow window spreads its levels over the whole range", () => {
  const table = windowTable({ window: 100, level: 150 }, "as stored");
  assert.deepEqual([table[99], table[100], table[150], table[200], table[201]], [0, 0, 128, 255, 255]);
});

test("dragging right widens the window, down lowers the level, both within bounds", () => {
  assert.deepEqual(draggedWindow(fullWindow, 20, 10), { window: 275, level: 117.5 });
  assert.deepEqual(draggedWindow(fullWindow, -9999, -9999), { window: 1, level: 255 });
});

test("the automatic window leaves out one percent at each end", () => {
  const data = Uint8Array.from({ length: 1000 }, (_, i) => (i < 5 ? 0 : i >= 995 ? 255 : 100 + (i % 50)));
  const { window, level } = percentileWindow(data);
  assert.deepEqual([window, level], [49, 124.5]);
  assert.deepEqual(percentileWindow(new Uint8Array(100)), fullWindow);
});

test("an image is fitted, zoomed about a point that stays, and never leaves the stage", () => {
  const image = { width: 200, height: 100 };
  const stage = { width: 400, height: 400 };
  const fit = fitted(image, stage);
  assert.deepEqual(fit, { scale: 2, x: 0, y: 100 });
  const centre = { x: 100, y: 200 };
  const twice = zoomed(fit, 2, centre, image, stage);
  assert.equal(twice.scale, 4);
  assert.equal((centre.x - twice.x) / twice.scale, (centre.x - fit.x) / fit.scale);
  assert.deepEqual(zoomed(twice, 0.01, centre, image, stage), fit);
  assert.deepEqual(moved(twice, 9999, 9999, image, stage), { scale: 4, x: 0, y: 0 });
  assert.deepEqual(moved(twice, -9999, -9999, image, stage), { scale: 4, x: -400, y: 0 });
});

test("heat is opaque where it is greatest and absent where there is none", () => {
  const map = { data: Float32Array.of(0, 0, 0, 1), height: 2, width: 2 }; // at the lower right
  const alphaAt = (x: number, y: number) => heatPicture(map, 8)[4 * (8 * y + x) + 3];
  assert.deepEqual([alphaAt(7, 7), alphaAt(0, 0)], [255, 0]);
  assert.equal(isCold(map), false);
  assert.equal(isCold({ ...map, data: new Float32Array(4) }), true);
});

test("numbers come with their interval and n, and scores are never rounded to certainty", () => {
  const value = { value: 0.9744, low: 0.9535, high: 0.986, n: 390 };
  assert.equal(proportionText(value), "97.4% (95.3–98.6, n = 390)");
  assert.equal(proportionText({ value: null, low: null, high: null, n: 0 }), "not known (n = 0)");
  assert.deepEqual([1, 0.99999, 0.5, 0.00001, 0].map(scoreText), [
    "1.0000",
    "> 0.9999",
    "0.5000",
    "< 0.0001",
    "0.0000",
  ]);
  const text = policyText({ value: 0.4, policy: "sensitivity=0.95", chosenOn: "validation" });
  assert.equal(text, "at least 95% sensitivity, chosen on the validation images");
});

test("page.json can only name places beside the page", () => {
  assert.deepEqual(parsePageSettings(null), defaultPageSettings);
  const named = parsePageSettings({ model: "models/a.onnx", report: "report.html", comparison: 5 });
  assert.deepEqual(named, { model: "models/a.onnx", report: "report.html", comparison: null });
  for (const model of ["https://elsewhere/a.onnx", "//elsewhere/a", "/a", "../a", "a/../../b", "javascript:x", ""]) {
    assert.equal(parsePageSettings({ model }).model, "model.onnx", model);
  }
});
