// Golden files of test/golden/make/onnx_backbones.py: what PyTorch and scikit-learn make of images that both draw.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { classWeights } from "../../src/dataset/class-weights.js";
import type { Label } from "../../src/dataset/sample.js";
import { trainLogisticRegression } from "../../src/evaluation/logistic-regression.js";
import { statedScaling } from "../../src/inference/pixel-range.js";
import type { PixelScaling } from "../../src/model/zoo/zoo-entry.js";
import { openBackboneSession } from "../../src/run/backbone/backbone-features.js";
import { precise } from "../../src/run/backbone/fit-head.js";
import { openBackbone } from "../../src/run/backbone/open-backbone.js";

export interface BackboneGolden {
  readonly pixels: string;
  readonly size: number;
  readonly node: string;
  readonly labels: readonly Label[];
  readonly c: number;
  readonly features: readonly (readonly number[])[];
  /** On standardised features. */
  readonly coefficients: readonly number[];
  readonly intercept: number;
}

export const readBackboneGolden = (folder: string, name: string): BackboneGolden =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));

/** As the script draws them, [count, size, size]. */
export function backboneImages(count: number, size: number): Uint8Array {
  return Uint8Array.from({ length: count * size ** 2 }, (_, k) => {
    const [i, y, x] = [Math.floor(k / size ** 2), Math.floor(k / size) % size, k % size];
    return (x * (3 + (i % 7)) + y * (5 + ((i * 3) % 11)) + (i % 2) * ((x * y) % 61)) % 256;
  });
}

export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, i) => Math.abs(value - (b[i] as number))).reduce((most, one) => Math.max(most, one), 0);

/** How far features are from PyTorch's, by the largest one, and the head on PyTorch's features from scikit-learn's. */
export async function backboneDifferences(folder: string, name: string, threads: number) {
  const golden = readBackboneGolden(folder, name);
  const { pixels, size, node, labels, c, features, coefficients, intercept } = golden;
  const file = join(folder, `${name}.onnx`);
  const { graph: backbone, imageSize } = await openBackbone(file, node);
  const scaling = statedScaling(pixels) as PixelScaling;
  const session = await openBackboneSession({ backbone, scaling, imageSize: size }, file, threads);
  const computed = await session.features(backboneImages(labels.length, size)).finally(() => session.dispose());
  const data = features.flat();
  const columns = features[0]?.length as number;
  const fitted = trainLogisticRegression({ columns, data }, labels, {
    c,
    classWeights: classWeights(labels),
    ...precise,
  });
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    imageSize,
    golden,
    fitted,
    features: largestDifference(computed, data) / Math.max(1, largest),
    head: largestDifference([...fitted.weights, fitted.bias], [...coefficients, intercept]),
  };
}
