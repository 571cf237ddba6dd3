import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateRawSync } from "node:zlib";
import { golden, realData, withoutRealData } from "../../test/support/paths.js";
import { scoreLogisticRegression, trainLogisticRegression } from "./logistic-regression.js";
import { rocAuc } from "./roc.js";

const expected = JSON.parse(readFileSync(golden("sklearn", "logistic.json"), "utf8")) as {
  features: number[][];
  labels: (0 | 1)[];
  fits: { c: number; weights: number[]; bias: number; scores: number[] }[];
};
const features = { columns: 6, data: expected.features.flat() };

for (const fit of expected.fits) {
  test(`weights and scores equal scikit-learn's at C = ${fit.c}, a constant column included`, () => {
    const model = trainLogisticRegression(features, expected.labels, { c: fit.c, tolerance: 1e-9 });
    assert.ok(model.isConverged);
    // Both stop at a gradient of about 1e-9; the flattest direction at C = 100 has curvature of about 1e-4.
    const isNear = (a: number | undefined, b: number) =>
      Math.abs((a ?? Number.NaN) - b) < 1e-5 * Math.max(1, Math.abs(b));
    assert.ok(fit.weights.every((weight, j) => isNear(model.weights[j], weight)));
    assert.ok(isNear(model.bias, fit.bias));
    const scores = scoreLogisticRegression(model, features);
    assert.ok(fit.scores.every((score, i) => isNear(scores[i], score)));
  });
}

test("wrong shapes, one class and broken numbers are refused", () => {
  const train = (columns: number, data: number[], labels: number[]) => () =>
    trainLogisticRegression({ columns, data }, labels);
  assert.throws(train(2, [1, 2, 3], [0, 1]), { code: "EVALUATION_INPUT" });
  assert.throws(train(1, [1, 2], [1, 1]), { code: "EVALUATION_INPUT", message: /both classes/ });
  assert.throws(train(1, [1, Number.NaN], [0, 1]), { code: "EVALUATION_INPUT" });
  assert.throws(train(1, [1, 2], [0, 3]), { code: "EVALUATION_INPUT" });
  const model = trainLogisticRegression(features, expected.labels);
  assert.throws(() => scoreLogisticRegression(model, { columns: 5, data: new Float64Array(10) }), {
    code: "EVALUATION_INPUT",
  });
});

test("the floor on PneumoniaMNIST equals scikit-learn's", { skip: withoutRealData("pneumoniamnist.npz") }, () => {
  const archive = readFileSync(realData("pneumoniamnist.npz"));
  const array = (name: string) => npyBytes(unzip(archive, `${name}.npy`));
  const columns = 28 * 28; // images are [n, 28, 28] -> [n, 784]
  const model = trainLogisticRegression({ columns, data: array("train_images") }, array("train_labels"));
  assert.ok(model.isConverged);
  const scores = scoreLogisticRegression(model, { columns, data: array("test_images") });
  const labels = [...array("test_labels")] as (0 | 1)[];
  const auc = rocAuc(labels.map((label, i) => ({ label, score: scores[i] as number })));
  // scikit-learn 1.9.1, C = 0.01: .92703 at its tolerance of 1e-4, .92680 fully converged.
  assert.ok(auc !== null && Math.abs(auc - 0.927) < 0.0005, `AUC ${auc}`);
});

/** One deflated member of a zip archive, found through its central directory (APPNOTE 6.3, sections 4.3.12 and 4.3.7). */
function unzip(archive: Buffer, name: string): Buffer {
  const entry = archive.lastIndexOf(`${name}`) - 46;
  assert.equal(archive.readUInt32LE(entry), 0x02014b50, "central directory");
  const size = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  return inflateRawSync(archive.subarray(start, start + size));
}

/** The values of a .npy file of bytes (format 1.0: header length at byte 8). */
function npyBytes(file: Buffer): Uint8Array {
  return file.subarray(10 + file.readUInt16LE(8));
}
