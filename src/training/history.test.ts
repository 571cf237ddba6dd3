import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { AppError } from "../core/errors.js";
import { formatHistory, type HistoryRow, parseHistory, readHistory, writeHistory } from "./history.js";

const first: HistoryRow = {
  epoch: 1,
  loss: 0.4512345678901234,
  accuracy: 0.8125,
  validationLoss: 0.5,
  validationAccuracy: 0.75,
  validationAuc: 0.9375,
  learningRate: 0.0010000000474974513,
  imagesPerSecond: 39.25,
  seconds: 132.5,
};
const second: HistoryRow = { ...first, epoch: 2, loss: 0.25, validationAuc: null };

test("the file is a CSV with Keras' column names", () => {
  assert.equal(
    formatHistory([first, second]),
    "epoch,loss,accuracy,val_loss,val_accuracy,val_auc,learning_rate,images_per_second,seconds\n" +
      "1,0.4512345678901234,0.8125,0.5,0.75,0.9375,0.0010000000474974513,39.25,132.5\n" +
      "2,0.25,0.8125,0.5,0.75,,0.0010000000474974513,39.25,132.5\n",
  );
});

test("what is written is read back equal, whatever the numbers", () => {
  const optional = fc.option(fc.double({ noNaN: false }));
  const rows = fc
    .array(
      fc.record({
        loss: fc.double(),
        accuracy: fc.double(),
        validationLoss: optional,
        validationAccuracy: optional,
        validationAuc: optional,
        learningRate: fc.double(),
        imagesPerSecond: fc.double(),
        seconds: fc.double(),
      }),
      { maxLength: 5 },
    )
    .map((items) => items.map((item, index): HistoryRow => ({ epoch: index + 1, ...item })));
  // -0 becomes 0 in the text; nothing here tells them apart.
  const plain = (items: readonly HistoryRow[]) =>
    items.map((row) => Object.entries(row).map(([key, value]) => [key, value === null ? null : value + 0]));
  fc.assert(
    fc.property(rows, (items) => assert.deepEqual(plain(parseHistory(formatHistory(items), "h")), plain(items))),
  );
});

test("the file grows by rewriting, leaving nothing beside it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "history-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "history.csv");
  await writeHistory(path, [first]);
  await writeHistory(path, [first, second]);
  assert.deepEqual(await readHistory(path), [first, second]);
  assert.deepEqual(await readdir(folder), ["history.csv"]);
  await writeFile(path, (await readFile(path, "utf8")).replace("0.25", "fast"));
  await assert.rejects(
    readHistory(path),
    hasCode("RUN_FILE_INVALID", 'line 3: loss must be a number. Received "fast"'),
  );
  await assert.rejects(readHistory(join(folder, "none.csv")), hasCode("FILE_MISSING", "none.csv"));
});

test("other files, holes and cut lines are refused by name and line", () => {
  const good = formatHistory([first, second]);
  for (const [text, part] of [
    ["", "first line"],
    ["epoch,loss\n1,2\n", "first line"],
    [good.replace("\n2,", "\n3,"), "line 3: epoch must be 2. Received 3"],
    [good.replace("1,0.4512345678901234", "1,"), "line 2: loss"],
    [good.slice(0, -20), "CSV"],
  ] as const) {
    assert.throws(() => parseHistory(text, "runs/a/history.csv"), hasCode("RUN_FILE_INVALID", part));
  }
});

function hasCode(code: string, part: string): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof AppError);
    assert.equal(thrown.code, code);
    assert.ok(thrown.message.includes(part), thrown.message);
    return true;
  };
}
