import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError } from "commander";
import { decimalNumber, oneOf, wholeNumber } from "./options.js";

const messageOf = (action: () => unknown): string => {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof InvalidArgumentError) return thrown.message;
  }
  return assert.fail("should refuse");
};

test("whole numbers: the ends are in, everything else is named", () => {
  const parse = wholeNumber({ min: 1, max: 1000 });
  assert.equal(parse("1"), 1);
  assert.equal(parse("1000"), 1000);
  for (const text of ["0", "1001", "2.5", "1e2", "", " ", "ten", "0x10", "Infinity", "12abc"]) {
    assert.equal(
      messageOf(() => parse(text)),
      `Should be a whole number from 1 to 1000. Received "${text}".`,
    );
  }
  assert.equal(
    messageOf(() => wholeNumber({ min: 0 })("-1")),
    'Should be a whole number of at least 0. Received "-1".',
  );
});

test("decimal numbers: exponents are in, an open lower end is out", () => {
  const parse = decimalNumber({ min: 0, max: 1, aboveMin: true });
  assert.equal(parse("1e-3"), 0.001);
  assert.equal(parse(".5"), 0.5);
  assert.equal(parse("1"), 1);
  for (const text of ["0", "1.01", "NaN", "1,5", "--", "1e999"]) {
    assert.equal(
      messageOf(() => parse(text)),
      `Should be a number above 0 and up to 1. Received "${text}".`,
    );
  }
});

test("choices: exact words only, a near miss is named", () => {
  const parse = oneOf(["sound", "study"]);
  assert.equal(parse("study"), "study");
  assert.equal(
    messageOf(() => parse("studdy")),
    'Should be one of sound, study. Received "studdy". Did you mean "study"?',
  );
  assert.equal(
    messageOf(() => parse("whatever")),
    'Should be one of sound, study. Received "whatever".',
  );
});
