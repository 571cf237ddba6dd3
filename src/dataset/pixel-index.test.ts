// The cache's index: what is no index counts as empty, even where its checksum fits.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { formatIndex, type IndexKind, parseIndex } from "./pixel-index.js";

const kind: IndexKind = { madeBy: "these decoders", imageBytes: 16 };
const [a, b] = ["a".repeat(64), "b".repeat(64)];
const sound = {
  files: new Map([
    ["one.png", { sha256: a, stamp: "1" }],
    ["two.png", { sha256: b, stamp: undefined }],
  ]),
  images: new Map([
    [a, { place: 0, checksum: 7, marks: ["view"] }],
    [b, { place: 3, checksum: 0, marks: [] }],
  ]),
};

const sealed = (content: unknown): string => {
  const body = typeof content === "string" ? content : JSON.stringify(content);
  return `${createHash("sha256").update(body).digest("hex")}\n${body}`;
};

test("an index comes back as it was written", () => {
  assert.deepEqual(parseIndex(formatIndex(sound, kind), kind), sound);
});

test("what fits its checksum and is no index counts as empty", () => {
  const files = [["one.png", a, null]];
  const image = (...entry: readonly unknown[]) => ({ ...kind, files, images: [entry] });
  for (const content of [
    "null",
    "{",
    "[]",
    { ...kind },
    { ...kind, files, images: {} },
    { ...kind, files: [null], images: [] },
    { ...kind, files: [["one.png", 1, null]], images: [] },
    image(a, -1, 0, []),
    image(a, 0.5, 0, []),
    image(a, 2 ** 40, 0, []),
    image(a, 0, 2 ** 32, []),
    image(a, 0, 0, "marks"),
    image(a, 0, 0, [1]),
    {
      ...kind,
      files,
      images: [
        [a, 0, 0, []],
        [b, 0, 0, []],
      ],
    },
  ]) {
    assert.equal(parseIndex(sealed(content), kind).files.size, 0, JSON.stringify(content));
  }
  assert.equal(parseIndex(sealed(image(a, 0, 0, [])), kind).images.size, 1);
});
