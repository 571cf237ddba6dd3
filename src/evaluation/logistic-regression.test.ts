import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import sharp from "sharp";
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

test("the floor on the real test set: 32x32 pixels reach an AUC of about .91", {
  skip: withoutRealData("chest_xray"),
}, async () => {
  const train = await thumbnails("train");
  const model = trainLogisticRegression(train.features, train.labels);
  const testSet = await thumbnails("test");
  const scores = scoreLogisticRegression(model, testSet.features);
  const auc = rocAuc(testSet.labels.map((label, i) => ({ label, score: scores[i] as number })));
  // .914 was measured with other resizing and another implementation.
  assert.ok(auc !== null && Math.abs(auc - 0.914) < 0.015, `AUC ${auc}`);
});

async function thumbnails(split: string) {
  const files: { readonly path: string; readonly label: 0 | 1 }[] = [];
  for (const [label, folder] of ["NORMAL", "PNEUMONIA"].entries()) {
    const names = (await readdir(realData("chest_xray", split, folder))).sort();
    for (const name of names) {
      if (name.endsWith(".jpeg"))
        files.push({ path: realData("chest_xray", split, folder, name), label: label as 0 | 1 });
    }
  }
  const columns = 32 * 32;
  const data = new Uint8Array(files.length * columns);
  const next = files.entries();
  const decode = async () => {
    for (const [i, file] of next) {
      const image = sharp(file.path).grayscale().resize(32, 32, { fit: "fill" }).raw();
      data.set(await image.toBuffer(), i * columns); // [32, 32] -> [1024]
    }
  };
  await Promise.all([decode(), decode(), decode(), decode()]);
  return { features: { columns, data }, labels: files.map((file) => file.label) };
}
