import assert from "node:assert/strict";
import { test } from "node:test";
import { capturedTerminal } from "../../test/support/captured-terminal.js";
import { createProgress, formatDuration } from "./progress.js";
import type { OutputStream } from "./terminal.js";

function startAt(stream: OutputStream, total: number | undefined) {
  const clock = { ms: 0 };
  const progress = createProgress(stream, { label: "epoch 1/12", total, unit: "images", now: () => clock.ms });
  return { clock, progress };
}

test("without a terminal: one plain line every ten seconds, with rate, fields and time left", () => {
  const terminal = capturedTerminal();
  const { clock, progress } = startAt(terminal.err, 5216);
  for (let second = 1; second <= 25; second++) {
    clock.ms = second * 1000;
    progress.update(second * 40, { loss: "0.412" });
  }
  progress.finish("epoch 1/12: done");
  assert.equal(
    terminal.errText(),
    "epoch 1/12: 400 of 5216 images (7 %), 40.0 images/s, loss 0.412, 2 min 00 s left\n" +
      "epoch 1/12: 800 of 5216 images (15 %), 40.0 images/s, loss 0.412, 1 min 50 s left\n" +
      "epoch 1/12: done\n",
  );
});

test("the rate follows the last ten seconds, not a slow start", () => {
  const terminal = capturedTerminal();
  const { clock, progress } = startAt(terminal.err, 10_000);
  clock.ms = 60_000;
  progress.update(16); // a minute for the first batch
  for (let second = 1; second <= 20; second++) {
    clock.ms = 60_000 + second * 1000;
    progress.update(16 + second * 100);
  }
  assert.match(terminal.errText().trimEnd().split("\n").at(-1) ?? "", /100 images\/s/);
});

test("an unknown total is a count", () => {
  const terminal = capturedTerminal();
  const { clock, progress } = startAt(terminal.err, undefined);
  clock.ms = 11_000;
  progress.update(330);
  progress.finish();
  assert.equal(terminal.errText(), "epoch 1/12: 330 images, 30.0 images/s\n");
});

test("on a terminal: a bar that never is wider than the screen and is cleared in the end", () => {
  const terminal = capturedTerminal();
  // What cli-progress calls on a TTY.
  const screen = Object.assign(terminal.err, {
    isTTY: true,
    columns: 60,
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => true,
  });
  const { clock, progress } = startAt(screen, 100);
  clock.ms = 1000;
  progress.update(50, { loss: "0.5" });
  clock.ms = 2000;
  progress.update(100, { loss: "0.4" });
  progress.finish("done");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences begin with ESC
  const texts = terminal.errText().split(/\x1b\[[^a-zA-Z]*[a-zA-Z]|\r|\n/);
  assert.ok(texts.some((text) => /epoch 1\/12 .*━.* (50|100)\/100/.test(text)));
  assert.ok(texts.every((text) => text.length < 60));
  assert.match(terminal.errText(), /done\n$/);
});

test("durations read as people say them", () => {
  const expected = { 0: "0 s", 59.4: "59 s", 59.6: "1 min 00 s", 185: "3 min 05 s", 7810: "2 h 10 min" };
  for (const [seconds, text] of Object.entries(expected)) assert.equal(formatDuration(Number(seconds)), text);
});
