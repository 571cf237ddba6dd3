// Where trained models look on a split of a real dataset, in numbers, as rows of bench/results/heat-maps.csv:
//
//   node dist/bench/heat-maps.js --data chest_xray runs/sound-1 runs/study-2 …
//
// Means over images with 95 % intervals that treat images as independent; by true class and right or wrong. And the
// randomisation check on the first images of each class.
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { isPositive } from "../src/evaluation/confusion.js";
import { lungsFrame, type WhereItLooked, whereItLooked } from "../src/explain/where-it-looked.js";
import { checkMaps } from "../src/inference/check-maps.js";
import { openTrainedModel } from "../src/inference/open-model.js";
import { readTrainedModel } from "../src/inference/read-trained-model.js";
import { heatMapAt } from "../src/model/heat-map.js";
import { appendResults, type Row } from "./results-file.js";

const batchSize = 16;
const checkedPerClass = 16;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: "string" }, name: { type: "string" } },
});

interface Looked {
  readonly label: 0 | 1;
  readonly isRight: boolean;
  readonly looked: WhereItLooked | null;
}

async function rowsOf(place: string): Promise<Row[]> {
  const model = await readTrainedModel(place);
  const { imageSize, interpolation, threshold } = model.contract;
  const { samples } = await openDataset(values.data ?? "chest_xray", { classFoldersAs: "test" });
  const tested = samples.filter(({ split }) => split === "test");
  const { pixels, loaded } = await loadImages(tested, { size: imageSize, interpolation, cacheFolder: null });
  const bytes = imageSize ** 2;
  const reader = await openTrainedModel(model);
  const all: Looked[] = [];
  for (let from = 0; from < loaded.length; from += batchSize) {
    const batch = loaded.slice(from, from + batchSize);
    const images = pixels.subarray(from * bytes, (from + batch.length) * bytes); // [n, size, size]
    const { scores, heatMaps } = await reader.run(images);
    if (heatMaps === null) throw new Error(`${place}: gives no heat maps`);
    for (const [i, { label }] of batch.entries()) {
      const called = isPositive(scores[i] as number, threshold.value) ? 1 : 0;
      all.push({ label, isRight: called === label, looked: whereItLooked(heatMapAt(heatMaps, i, called)) });
    }
  }
  const chosen = [0, 1].flatMap((label) =>
    [...loaded.keys()].filter((i) => loaded[i]?.label === label).slice(0, checkedPerClass),
  );
  const images = new Uint8Array(Buffer.concat(chosen.map((i) => pixels.subarray(i * bytes, (i + 1) * bytes))));
  const { heatMaps } = await reader.run(images);
  await reader.dispose();
  if (heatMaps === null) throw new Error(`${place}: gives no heat maps`);
  const { head, all: every, verdict, images: checked } = await checkMaps(model, images, heatMaps);
  const check = {
    rho_head: head?.toFixed(3) ?? "",
    rho_all: every?.toFixed(3) ?? "",
    rho_images: checked,
    verdict,
  };
  const groups: readonly (readonly [string, (row: Looked) => boolean])[] = [
    ["all", () => true],
    ["normal, called right", ({ label, isRight }) => label === 0 && isRight],
    ["normal, false alarm", ({ label, isRight }) => label === 0 && !isRight],
    ["pneumonia, found", ({ label, isRight }) => label === 1 && isRight],
    ["pneumonia, missed", ({ label, isRight }) => label === 1 && !isRight],
  ];
  return groups.map(([group, isIn]) => ({
    model: values.name ?? basename(place),
    title: model.contract.title,
    group,
    ...summary(all.filter(isIn)),
    ...check,
  }));
}

function summary(rows: readonly Looked[]): Row {
  const looked = rows.flatMap((row) => (row.looked === null ? [] : [row.looked]));
  const isOutside = ({ peak }: WhereItLooked) =>
    peak.x < lungsFrame.left || peak.x > lungsFrame.right || peak.y < lungsFrame.top || peak.y > lungsFrame.bottom;
  return {
    images: rows.length,
    with_heat: looked.length,
    ...meanOf(
      "outside_frame",
      looked.map(({ outsideFrame }) => outsideFrame),
    ),
    ...meanOf(
      "border",
      looked.map(({ border }) => border),
    ),
    peak_outside_frame: looked.length === 0 ? "" : (looked.filter(isOutside).length / looked.length).toFixed(3),
  };
}

/** Mean and the ends of its 95 % interval (normal approximation). */
function meanOf(name: string, numbers: readonly number[]): Row {
  const n = numbers.length;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / n;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = 1.96 * Math.sqrt(variance / n);
  const text = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : "");
  return { [name]: text(mean), [`${name}_low`]: text(mean - half), [`${name}_high`]: text(mean + half) };
}

const rows: Row[] = [];
for (const place of positionals) rows.push(...(await rowsOf(place)));
console.table(rows);
console.log(`appended to ${await appendResults("heat-maps", rows)}`);
