// Which mark in a JPEG decides on its colour, in libjpeg's order, from headers written by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { statedColour } from "./jpeg-colour.js";

const segment = (marker: number, ...data: readonly number[]): readonly number[] => [
  0xff,
  marker,
  0,
  data.length + 2,
  ...data,
];
const ascii = (text: string): readonly number[] => Array.from(text, (char) => char.charCodeAt(0));
const frame = (names: string, luma = 0x11): readonly number[] =>
  segment(0xc0, 8, 0, 16, 0, 16, 3, ...ascii(names).flatMap((name, i) => [name, i === 0 ? luma : 0x11, 0]));
const jpeg = (...segments: readonly (readonly number[])[]): Uint8Array => Uint8Array.of(0xff, 0xd8, ...segments.flat());

const numbered = frame("\x01\x02\x03");
const jfif = segment(0xe0, ...ascii("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0);
const adobe = (transform: number) => segment(0xee, ...ascii("Adobe"), 0, 100, 0, 0, 0, 0, transform);

test("a JPEG without marks says nothing of its colour", () => {
  assert.equal(statedColour(jpeg(numbered)), undefined);
  assert.equal(statedColour(jpeg(segment(0xe1, ...ascii("Exif\0\0")), numbered)), undefined);
});

test("JFIF is luma and chroma, whatever else stands beside it", () => {
  assert.equal(statedColour(jpeg(jfif, numbered)), "ybr");
  assert.equal(statedColour(jpeg(adobe(0), jfif, frame("RGB"))), "ybr");
  assert.equal(
    statedColour(jpeg(segment(0xe0, ...ascii("JFXX\0"), ...new Array<number>(9).fill(0)), numbered)),
    undefined,
  );
});

test("Adobe's marker says it by its transform, if it is Adobe's and whole", () => {
  assert.equal(statedColour(jpeg(adobe(0), frame("\x01\x02\x03", 0x22))), "rgb");
  assert.equal(statedColour(jpeg(adobe(1), frame("RGB"))), "ybr");
  assert.equal(statedColour(jpeg(segment(0xee, ...ascii("Adobe"), 0, 100, 0, 0, 0), numbered)), undefined);
  assert.equal(statedColour(jpeg(segment(0xee, ...ascii("Other"), 0, 100, 0, 0, 0, 0, 1), numbered)), undefined);
});

test("without markers the components' names decide, then their sampling", () => {
  assert.equal(statedColour(jpeg(frame("RGB"))), "rgb");
  assert.equal(statedColour(jpeg(frame("rgb", 0x22))), "rgb");
  assert.equal(statedColour(jpeg([0xff], frame("\x01\x02\x03", 0x21))), "ybr");
});
