// Makes src/images/out-of-scope/scope-statistics.ts from the training images of the dataset, and nothing else:
//
//   node dist/bench/fit-out-of-scope.js path/to/chest_xray
//
// The limit is the deviation that 1 % of training images exceed when a model fitted to other patients looks at them.
// Deterministic: the same images give the same file.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "../src/core/atomic-file.js";
import { packageRoot } from "../src/core/package.js";
import { Random } from "../src/core/random.js";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { groupOf } from "../src/dataset/patient-key.js";
import type { GrayImage } from "../src/images/gray-image.js";
import { greyLevels, packing } from "../src/images/out-of-scope/check-scope.js";
import { scopeFeatures } from "../src/images/out-of-scope/scope-features.js";
import { changed, scopeGrid, wrongWays } from "../src/images/out-of-scope/scope-grid.js";
import { deviation, packNumbers, type ScopeModel } from "../src/images/out-of-scope/scope-model.js";
import { resizeArea } from "../src/images/resize.js";
import { componentCount, Moments } from "./out-of-scope/fit-scope.js";
import { withVariedFraming } from "./out-of-scope/varied-framing.js";

const folds = 5;
const falseAlarmRate = 0.01;
const size = 224;
/** Framings beside each image's own. */
const variations = 2;
/** Variations are sampled from this smaller image: the grid has 24 cells a side. */
const variedSize = 64;

const folder = process.argv[2];
if (folder === undefined) throw new Error("name the dataset's folder");
const dataset = await openDataset(folder);
const training = dataset.samples.filter(({ split }) => split === "train");
const images = await loadImages(training, { size, cacheFolder: join(tmpdir(), "pneumoscope-bench") });

const groups = [...new Set(images.loaded.map(groupOf))].sort();
const foldOf = new Map(
  Random.of("scope folds")
    .shuffled(groups)
    .map((group, i) => [group, i % folds]),
);
const parts = Array.from({ length: folds }, () => new Moments(packing.features));
const grids: Float64Array[] = [];
const foldsOfImages: number[] = [];
let lowestContrast = Number.POSITIVE_INFINITY;
let fewestLevels = 256;
for (const [i, sample] of images.loaded.entries()) {
  const data = images.pixels.subarray(i * size * size, (i + 1) * size * size);
  const image: GrayImage = { width: size, height: size, data };
  const fold = foldOf.get(groupOf(sample)) as number;
  const { values, contrast } = scopeGrid(image);
  parts[fold]?.add(scopeFeatures(values));
  const small = resizeArea(image, variedSize, variedSize);
  const random = Random.of("scope framing", sample.name);
  for (let n = 0; n < variations; n++) {
    parts[fold]?.add(scopeFeatures(scopeGrid(withVariedFraming(small, random)).values));
  }
  grids.push(values);
  foldsOfImages.push(fold);
  lowestContrast = Math.min(lowestContrast, contrast);
  fewestLevels = Math.min(fewestLevels, greyLevels(image));
}

const without = (left: number): ScopeModel => {
  const moments = new Moments(packing.features);
  for (const [fold, part] of parts.entries()) if (fold !== left) moments.merge(part);
  return moments.fit();
};
const models = parts.map((_, fold) => without(fold));
const modelOf = (i: number) => models[foldsOfImages[i] as number] as ScopeModel;
const deviations = grids.map((grid, i) => deviation(modelOf(i), scopeFeatures(grid)));
const limit = quantile(deviations, 1 - falseAlarmRate);
for (const way of wrongWays) {
  const nearer = grids.filter((grid, i) => {
    const other = deviation(modelOf(i), scopeFeatures(changed(grid, way)));
    return other < limit && other < (deviations[i] as number);
  });
  console.log(`${way}: ${nearer.length} of ${grids.length} upright training images would fit better so`);
}
console.log({ n: grids.length, groups: groups.length, limit, lowestContrast, fewestLevels });

const model = without(-1);
const path = join(packageRoot(), "src", "images", "out-of-scope", "scope-statistics.ts");
await writeFileAtomically(path, fileText(model));
console.log(`written to ${path}`);

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] as number;
}

function fileText(fitted: ScopeModel): string {
  const text = (values: Float64Array) => `"${packNumbers(values, packing.scale)}"`;
  return `// Made by bench/fit-out-of-scope.ts from the ${grids.length} official training images (${groups.length} patients); do not edit.
// The mean and ${componentCount} principal components of edge directions, 16-bit numbers in base64. They are sums over all those images:
// no single patient's image is in here or can be made out of it.
export const scopeStatistics = {
  /** Deviation above which an image is out of scope: ${falseAlarmRate * 100} % of training images exceed it in ${folds}-fold cross-validation by patient. */
  limit: ${limit.toPrecision(6)},
  /** Half the lowest contrast of a training image, in grey levels. */
  contrastLimit: ${(lowestContrast / 2).toPrecision(4)},
  /** Half the fewest grey levels that a training image has. */
  greyLevelLimit: ${Math.floor(fewestLevels / 2)},
  variances: [
${fitted.variances.map((value) => `    ${Number(value.toPrecision(6))},`).join("\n")}
  ],
  residualVariance: ${Number(fitted.residualVariance.toPrecision(6))},
  mean: ${text(fitted.mean)},
  components: [
${fitted.components.map((values) => `    ${text(values)},`).join("\n")}
  ],
} as const;
`;
}
