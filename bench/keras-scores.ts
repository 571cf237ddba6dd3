// A Keras file by others beside real Keras: its scores here, Keras' on the very same pixels, and Keras' on the same files when it
// decodes and resizes them by its own defaults. Rows of bench/results/keras-scores.csv:
//
//   node dist/bench/keras-scores.js --model model.keras --scores normal,pneumonia --pixels=-1..1 [--python python3]
//     [--count 60] "val=chest_xray_val" "test=chest_xray/test"
//
// A set is named before its folder, whose images (an equal number of each class, told by the paths) are taken in the order of their
// names. Such a file is a reference only: no licence is asked for, and nothing of it is kept.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/core/package.js";
import { rocAuc } from "../src/evaluation/roc.js";
import { openClassifier, type PixelRange, type ScoreMeaning } from "../src/index.js";
import { median } from "./median.js";
import { appendResults, type Row } from "./results-file.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string", default: "" },
    scores: { type: "string", default: "pneumonia" },
    pixels: { type: "string", default: "0..1" },
    python: { type: "string", default: "python3" },
    count: { type: "string", default: "60" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "pneumoscope-keras-scores-"));
const rows: Row[] = [];
try {
  for (const set of positionals) {
    const [name = "", place = ""] = set.split("=");
    rows.push(await rowOf(name, place));
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.table(rows);
console.log(`appended to ${await appendResults("keras-scores", rows)}`);

async function rowOf(set: string, place: string): Promise<Row> {
  const images = imagesIn(place, Number(values.count));
  const ours: number[] = [];
  const pixels: Uint8Array[] = [];
  const options = { scores: values.scores as ScoreMeaning, pixels: values.pixels as PixelRange, heatMaps: false };
  await using classifier = await openClassifier(values.model, options);
  for await (const result of classifier.predict(images, { pixels: true })) {
    if (result.kind === "failed") throw result.error;
    ours.push(result.score);
    pixels.push(result.pixels as Uint8Array);
  }
  const file = join(folder, "pixels");
  writeFileSync(file, Buffer.concat(pixels));
  const pneumonia = ["normal,pneumonia", "normal"].includes(values.scores) ? 1 : 0;
  const request = { model: values.model, pixels: file, range: values.pixels, pneumonia, images };
  const script = join(packageRoot(), "bench", "keras_scores.py");
  const printed = execFileSync(values.python, [script], { input: JSON.stringify(request), encoding: "utf8" });
  const keras = JSON.parse(printed) as { version: string; given: number[]; own: number[] };
  const isSick = images.map(isPneumonia);
  const off = (theirs: readonly number[]) => ours.map((score, i) => Math.abs(score - (theirs[i] ?? Number.NaN)));
  return {
    model: basename(values.model),
    set,
    images: images.length,
    keras: keras.version,
    largest_difference: Math.max(...off(keras.given)).toExponential(1),
    largest_difference_from_files: Math.max(...off(keras.own)).toFixed(3),
    median_difference_from_files: median(off(keras.own)).toFixed(3),
    ...measures("", ours, isSick),
    ...measures("keras_", keras.own, isSick),
  };
}

function imagesIn(place: string, count: number): readonly string[] {
  const all = readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.jpe?g$/i.test(name))
    .map((name) => join(place, name))
    .sort();
  const half = (wanted: boolean) => all.filter((path) => isPneumonia(path) === wanted).slice(0, count / 2);
  return [...half(false), ...half(true)];
}

/** As Kermany's files are named. */
function isPneumonia(path: string): boolean {
  return /^person/.test(basename(path));
}

function measures(prefix: string, scores: readonly number[], isSick: readonly boolean[]): Row {
  const scored = scores.map((score, i) => ({ score, label: isSick[i] ? 1 : 0 }) as const);
  const right = scored.filter(({ score, label }) => score >= 0.5 === (label === 1)).length;
  return {
    [`${prefix}accuracy`]: (right / scored.length).toFixed(3),
    [`${prefix}auc`]: (rocAuc(scored) ?? Number.NaN).toFixed(3),
  };
}
