// The list of files: what is read next, stopping and going on, sorting, the CSV file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { AppError } from "../core/errors.js";
import type { ScoredResult } from "../inference/result.js";
import { choiceNotice, chosenFiles, isOffered, maxImages } from "./file-choice.js";
import {
  addFiles,
  countFiles,
  emptyFileList,
  type FileList,
  nextWaiting,
  selectFile,
  setFileState,
  stopWaiting,
  waitAgain,
} from "./file-list.js";
import type { FileState } from "./page-file.js";
import { resultsCsv } from "./results-csv.js";
import { sortFiles, toggledOrder } from "./sort-files.js";

const scored = (name: string, score: number, own: Partial<ScoredResult> = {}): FileState => ({
  kind: "scored",
  name,
  score,
  label: score >= 0.5 ? "PNEUMONIA" : "NORMAL",
  threshold: 0.5,
  warnings: [],
  scope: { inScope: true, findings: [], distance: 0.5 },
  ...own,
});
const cut = new AppError("IMAGE_TRUNCATED", { place: "=cut.png", rule: "cut, short" });

const listOf = (...names: readonly string[]): FileList<null> =>
  addFiles<null>(
    emptyFileList,
    names.map((name) => ({ name, source: null })),
  );

test("files are scored in order, the selected one first", () => {
  let list = listOf("a", "b", "c");
  assert.equal(list.selectedId, 1);
  list = selectFile(list, 3);
  assert.equal(nextWaiting(list)?.name, "c");
  list = setFileState(list, 3, scored("c", 0.5));
  assert.equal(nextWaiting(list)?.name, "a");
  assert.equal(selectFile(list, 99), list);
});

test("numbers of files are never used twice", () => {
  const list = addFiles<null>(listOf("a", "b"), [{ name: "c", source: null }]);
  assert.deepEqual(
    list.files.map(({ id }) => id),
    [1, 2, 3],
  );
  assert.equal(list.selectedId, 3);
});

test("stopping leaves the file that is scored, and stopped ones can wait again", () => {
  let list = setFileState(setFileState(listOf("a", "b", "c"), 1, scored("a", 0.1)), 2, { kind: "scoring" });
  list = stopWaiting(list);
  assert.deepEqual(countFiles(list), { total: 3, open: 1, scored: 1, failed: 0, stopped: 1 });
  assert.equal(nextWaiting(list), undefined);
  assert.equal(nextWaiting(waitAgain(list, "stopped"))?.name, "c");
  assert.equal(countFiles(waitAgain(list, "all")).open, 3);
});

test("sorting puts files without a score last, both ways", () => {
  let list = listOf("img10", "img2", "img1");
  list = setFileState(setFileState(list, 1, scored("img10", 0.2)), 3, scored("img1", 0.9));
  const names = (column: "name" | "score" | "state", direction: "ascending" | "descending") =>
    sortFiles(list.files, { column, direction }).map(({ name }) => name);
  assert.deepEqual(names("score", "descending"), ["img1", "img10", "img2"]);
  assert.deepEqual(names("score", "ascending"), ["img10", "img1", "img2"]);
  assert.deepEqual(names("name", "ascending"), ["img1", "img2", "img10"]);
  const byScore = toggledOrder({ column: "added", direction: "ascending" }, "score");
  assert.deepEqual(byScore, { column: "score", direction: "descending" });
  assert.deepEqual(toggledOrder(byScore, "score"), { column: "score", direction: "ascending" });
});

test("the CSV file is read back as it was, with formulas disarmed", () => {
  const names = ['=HYPERLINK("x")', 'two, lines\nand "quotes"', "waits", "=cut.png"] as const;
  let list = listOf(...names);
  list = setFileState(list, 1, scored(names[0], 0.75, { warnings: [{ code: "AGE_OUTSIDE", message: "old" }] }));
  list = setFileState(list, 2, scored(names[1], 0.25));
  list = setFileState(list, 4, { kind: "failed", name: names[3], error: cut });
  const rows: Record<string, string>[] = parse(resultsCsv(list.files), { columns: true });
  assert.deepEqual(rows, [
    {
      path: `'=HYPERLINK("x")`,
      score: "0.75",
      label: "PNEUMONIA",
      threshold: "0.5",
      scope: "",
      warnings: "AGE_OUTSIDE",
      error: "",
      message: "",
    },
    {
      path: 'two, lines\nand "quotes"',
      score: "0.25",
      label: "NORMAL",
      threshold: "0.5",
      scope: "",
      warnings: "",
      error: "",
      message: "",
    },
    {
      path: "'=cut.png",
      score: "",
      label: "",
      threshold: "",
      scope: "",
      warnings: "",
      error: "IMAGE_TRUNCATED",
      message: "'=cut.png: cut, short.",
    },
  ]);
});

test("images and the last model are told apart, too many images are cut off, and nothing found is said", () => {
  const named = (...names: readonly string[]) => names.map((name) => ({ name, source: name }));
  const mixed = chosenFiles(named("a.png", "old.onnx", "b", "new.ONNX"));
  assert.deepEqual([mixed.images.map(({ name }) => name), mixed.model], [["a.png", "b"], "new.ONNX"]);
  assert.equal(choiceNotice(mixed), null);
  assert.equal(choiceNotice(chosenFiles(named("only.onnx"))), null);
  const full = Array.from({ length: maxImages }, (_, i) => `${i}.png`);
  assert.equal(choiceNotice(chosenFiles(named(...full, "model.onnx"))), null);
  const many = chosenFiles(named(...full, "one more.png"));
  assert.deepEqual([many.images.length, many.isCut], [maxImages, true]);
  assert.match(choiceNotice(many) ?? "", /^Only the first 10,000 images were taken\./);
  assert.match(choiceNotice(chosenFiles([])) ?? "", /^Nothing was found there that could be an image\./);
});

test("systems' own files inside folders are not offered", () => {
  for (const path of ["x/.DS_Store", "__MACOSX/x/a.jpeg", "x/Thumbs.db", "x/DICOMDIR", "x/report.pdf", ".git/a.png"]) {
    assert.equal(isOffered(path), false, path);
  }
  for (const path of ["x/IM-0001.jpeg", "x/IMG00001", "x/1.2.840.dcm", "x/a.PNG"]) assert.ok(isOffered(path), path);
});
