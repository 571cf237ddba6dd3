import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { realData, withoutRealData } from "../../test/support/paths.js";
import { loadImages } from "../dataset/load-images.js";
import { openDataset } from "../dataset/open-dataset.js";
import { rocAuc } from "../evaluation/roc.js";
import { shortcutFloors } from "./compare/shortcut-floors.js";
import { detailStrengths, fileSizes, frames, thumbnails } from "./shortcut-floor.js";

test("the frame is the ring within an eighth of the edges, row by row", () => {
  const side = 32;
  const columns = side * side;
  // Of the first image each pixel is its place, of the second its place plus 10,000.
  const data = Float64Array.from({ length: 2 * columns }, (_, i) => (i % columns) + 10_000 * Math.floor(i / columns));
  const ring = frames({ columns, data });
  assert.equal(ring.columns, 32 * 32 - 24 * 24);
  assert.equal(ring.data.length, 2 * ring.columns);
  const places = Array.from(ring.data).slice(0, ring.columns);
  assert.deepEqual(
    places.slice(0, 4 * side),
    Array.from({ length: 4 * side }, (_, i) => i),
  );
  assert.deepEqual(places.slice(4 * side, 4 * side + 8), [128, 129, 130, 131, 156, 157, 158, 159]);
  assert.ok(!places.includes(16 * side + 16));
  assert.equal(ring.data[ring.columns], 10_000);
});

test("thumbnails are means over equal squares of the images asked for", () => {
  const size = 64;
  const pixels = Uint8Array.from({ length: 2 * size * size }, (_, i) => (i < size * size ? 7 : 4 * (i % 2)));
  const { columns, data } = thumbnails({ images: { pixels, size }, indices: Int32Array.of(1, 0), labels: [1, 0] });
  assert.equal(columns, 1024);
  assert.deepEqual([data[0], data[1023], data[1024]], [2, 2, 7]);
});

test("strength of detail grows with it and does not see what is coarse", () => {
  const size = 64;
  const stripes = (contrast: number) => (i: number) => 128 + (i % 2 === 0 ? contrast : -contrast);
  const ramp = (i: number) => 2 * (i % size);
  const pixels = Uint8Array.from(
    [stripes(0), stripes(4), stripes(40), ramp].flatMap((grey) =>
      Array.from({ length: size * size }, (_, i) => grey(i)),
    ),
  );
  const { columns, data } = detailStrengths({
    images: { pixels, size },
    indices: Int32Array.of(0, 1, 2, 3),
    labels: [0, 0, 1, 1],
  });
  assert.equal(columns, 1);
  const [none, some, much, coarse] = Array.from(data, (value) => Math.exp(value) - 1) as [
    number,
    number,
    number,
    number,
  ];
  assert.deepEqual(
    [none, some, much].map((value) => Math.round(value)),
    [0, 16, 1600],
  );
  assert.ok(coarse < 1, `${coarse}`);
});

test("a file's size is told as its logarithm", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pneumoscope-sizes-"));
  try {
    const paths = [0, 1, 1000].map((bytes, i) => {
      const path = join(folder, `${i}`);
      writeFileSync(path, new Uint8Array(bytes));
      return path;
    });
    assert.deepEqual(Array.from((await fileSizes(paths)).data as Float64Array), [0, 0, Math.log(1000)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("on the real data every floor is far from chance, and from what a network should reach", {
  skip: withoutRealData("chest_xray"),
}, async () => {
  const { samples } = await openDataset(realData("chest_xray"));
  const cacheFolder = mkdtempSync(join(tmpdir(), "pneumoscope-floors-"));
  try {
    const settings = { size: 64, interpolation: "area" as const, cacheFolder };
    // An eighth of train/ is enough for that.
    const some = samples.filter(({ split }, i) => split === "test" || i % 8 === 0);
    const test = await loadImages(
      some.filter(({ split }) => split === "test"),
      settings,
    );
    const training = some.filter(({ split }) => split === "train");
    const floors = await shortcutFloors([{ training, test }], settings);
    const aucs = floors.map(({ runs }) => rocAuc(runs[0].predictions) ?? 0);
    for (const [i, least] of [0.85, 0.75, 0.8, 0.78].entries()) {
      assert.ok((aucs[i] as number) > least && (aucs[i] as number) < 0.95, `${floors[i]?.title}: ${aucs[i]}`);
    }
  } finally {
    rmSync(cacheFolder, { recursive: true });
  }
});
