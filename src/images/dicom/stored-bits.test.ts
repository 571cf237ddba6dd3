// Masking and clamping against values worked out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clampSamples, maskSamples } from "./stored-bits.js";

const unsigned = { bitsStored: 10, highBit: 9, isSigned: false };
const signed = { bitsStored: 10, highBit: 9, isSigned: true };

test("bits around the stored ones are masked off, and the sign is extended", () => {
  assert.deepEqual(maskSamples(Uint16Array.of(1023, 1024, 0xfc01), unsigned), Uint16Array.of(1023, 0, 1));
  assert.deepEqual(maskSamples(Uint16Array.of(511, 512, 1023, 0xfe00), signed), Int16Array.of(511, -512, -1, -512));
  const high = { bitsStored: 12, highBit: 15, isSigned: false };
  assert.deepEqual(maskSamples(Uint16Array.of(0xfff7, 0x0018), high), Uint16Array.of(0xfff, 1));
});

test("overshoot of a lossy codec stays at the end that it went beyond", () => {
  assert.deepEqual(
    clampSamples(Uint16Array.of(0, 1023, 1024, 4095), unsigned, 12),
    Uint16Array.of(0, 1023, 1023, 1023),
  );
  const words = Uint16Array.of(511, 512, 0x10000 - 512, 0x10000 - 600);
  assert.deepEqual(clampSamples(words, signed, 16), Int16Array.of(511, 511, -512, -512));
  // The same two numbers above and below, in a codestream of 12 bits without sign.
  const twelve = Uint16Array.of(512, 0x1000 - 600);
  assert.deepEqual(clampSamples(twelve, signed, 12), Int16Array.of(511, -512));
});

test("a codestream of as many bits as are stored is taken as it is", () => {
  assert.deepEqual(clampSamples(Uint16Array.of(512, 1023), signed, 10), Int16Array.of(-512, -1));
  assert.deepEqual(
    clampSamples(Uint8Array.of(0, 255), { bitsStored: 8, highBit: 7, isSigned: false }, 8),
    Uint8Array.of(0, 255),
  );
});
