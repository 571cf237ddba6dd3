import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../core/random.js";
import { appearanceOf } from "./appearance.js";

const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-9, `${found}, ${expected}`);

test("one bright pixel in the middle of 3 x 3, counted by hand", () => {
  const { brightness, contrast, sharpness, black, white, edge } = appearanceOf({
    width: 3,
    height: 3,
    data: Uint8Array.of(0, 0, 0, 0, 250, 0, 0, 0, 0),
  });
  near(brightness, 250 / 9);
  near(contrast, Math.sqrt(250 ** 2 / 9 - (250 / 9) ** 2));
  near(sharpness, 250 / contrast); // the one pixel inside differs from its four neighbours by 250
  near(black, 8 / 9);
  near(white, 1 / 9);
  near(edge, -250 / contrast);
});

test("an image that is the same everywhere has neither contrast nor sharpness", () => {
  const flat = { width: 8, height: 4, data: new Uint8Array(32).fill(77) };
  assert.deepEqual(appearanceOf(flat), { brightness: 77, contrast: 0, sharpness: 0, black: 0, white: 0, edge: 0 });
});

test("a darker copy is as sharp as the image, and its edges are as dark: both are relative to contrast", () => {
  const random = Random.of(1, "appearance");
  const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => 60 + 2 * Math.floor(i / 64) + random.integer(40));
  const image = appearanceOf({ width: 64, height: 64, data });
  const dark = appearanceOf({ width: 64, height: 64, data: data.map((grey) => Math.round(0.6 * grey)) });
  assert.ok(Math.abs(dark.brightness / image.brightness - 0.6) < 0.01);
  assert.ok(Math.abs(dark.sharpness / image.sharpness - 1) < 0.02);
  assert.ok(Math.abs(dark.edge - image.edge) < 0.02);
});
