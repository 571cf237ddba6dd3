import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { capturedTerminal } from "../../test/support/captured-terminal.js";
import { foldedFor, foldedHelp, hangingText } from "./hanging-text.js";

test("a text is folded between words and set in; a pipe gets it whole", () => {
  const text = "the image is cut short. Copy or download the file again.";
  assert.equal(hangingText(text, 4, 30), "the image is cut short.\n    Copy or download the file\n    again.");
  assert.equal(hangingText(text, 4, undefined), text);
  assert.equal(hangingText(text, 15, 30), text);
  const { out } = capturedTerminal();
  assert.equal(foldedFor(out, text), text);
  Object.assign(out, { isTTY: true, columns: 25 });
  assert.equal(foldedFor(out, `${text}\n  a`), "the image is cut short.\nCopy or download the file\nagain.\n  a");
});

test("folding loses nothing, and only a word that is longer than a line stands out", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^\S{1,40}$/)), fc.nat(10), (words, indent) => {
      const folded = hangingText(words.join(" "), indent, 40);
      assert.equal(folded.replaceAll(/\n */g, " "), words.join(" "));
      for (const [i, line] of folded.split("\n").entries()) {
        const shown = i === 0 ? line : line.slice(indent);
        assert.ok(shown.length <= 40 - indent || !shown.includes(" "), line);
      }
    }),
  );
});

test("help is set anew where a line is too long, and left alone where all fit", () => {
  const help =
    "Usage: x\n\nWhat it does with images that\nare good.\n\nExamples:\n  x one two three four five six seven\n";
  assert.equal(
    foldedHelp(help, 26),
    "Usage: x\n\nWhat it does with images\nthat are good.\n\nExamples:\n  x one two three four\n  five six seven\n",
  );
  for (const columns of [80, undefined]) assert.equal(foldedHelp(help, columns), help);
});
