// Full-size backbones by others against PyTorch and scikit-learn: features and head.
//
//   python test/golden/make/onnx_backbones.py <folder>
//   node dist/bench/backbones.js <folder>
//
// Appends a row per model to results/backbones.csv.
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { backboneDifferences } from "../test/support/backbone-golden.js";
import { appendResults, type Row } from "./results-file.js";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("a folder that onnx_backbones.py wrote is needed");
/** With the values that lie beside it. */
const bytesOf = (path: string): number =>
  [path, `${path}.data`].reduce((sum, one) => sum + (statSync(one, { throwIfNoEntry: false })?.size ?? 0), 0);
const rows: Row[] = [];
for (const file of readdirSync(folder).filter((name) => name.endsWith(".onnx"))) {
  const name = file.slice(0, -".onnx".length);
  const found = await backboneDifferences(folder, name, availableParallelism());
  rows.push({
    model: name,
    megabytes: (bytesOf(join(folder, file)) / 2 ** 20).toFixed(1),
    imageSize: found.golden.size,
    images: found.golden.labels.length,
    features: found.golden.coefficients.length,
    largestFeatureDifference: found.features.toExponential(1),
    largestHeadDifference: found.head.toExponential(1),
  });
}
console.table(rows);
console.log(`appended to ${await appendResults("backbones", rows)}`);
