// How far sets of images are from what a run was trained on, and what its model reaches on them, as rows of
// bench/results/image-sets.csv:
//
//   node dist/bench/image-sets.js --run runs/custom-sound-1 "test=chest_xray" "PneumoniaMNIST=pneumoniamnist.npz"
//
// A set is named before its place. One called "darkened" is the images of its place with grey levels times 0.6: make it
// before, as copies.
import { parseArgs } from "node:util";
import { evaluateModel, openClassifier } from "../src/index.js";
import { appendResults, type Row } from "./results-file.js";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { run: { type: "string" } } });

const short = (value: number | null | undefined): string | number => (value == null ? "" : Number(value.toFixed(3)));

async function rowOf(name: string, data: string): Promise<Row> {
  await using classifier = await openClassifier(values.run ?? "run", { heatMaps: false });
  const { evaluation, shift } = await evaluateModel(classifier, { data });
  const { metrics } = evaluation;
  const { value, interval } = shift?.toldApart?.auc ?? {};
  const trait = (wanted: string) => shift?.rows.find((row) => row.name === wanted);
  return {
    title: classifier.contract.title,
    image_size: classifier.contract.imageSize,
    set: name,
    images: evaluation.n,
    auc: short(metrics.auc.value),
    auc_low: short(metrics.auc.interval?.low),
    auc_high: short(metrics.auc.interval?.high),
    sensitivity: short(metrics.sensitivity.value),
    specificity: short(metrics.specificity.value),
    told_apart: short(value),
    told_apart_low: short(interval?.low),
    told_apart_high: short(interval?.high),
    p: shift?.toldApart?.p.toPrecision(2) ?? "",
    brightness: short(trait("brightness")?.here.mean),
    brightness_sd: short(trait("brightness")?.difference),
    contrast_sd: short(trait("contrast")?.difference),
    sharpness_sd: short(trait("sharpness")?.difference),
  };
}

const rows: Row[] = [];
for (const set of positionals) {
  const [name = "", data = ""] = set.split("=");
  rows.push(await rowOf(name, data));
}
process.stdout.write(`${await appendResults("image-sets", rows)}\n`);
