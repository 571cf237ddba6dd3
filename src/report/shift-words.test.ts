import assert from "node:assert/strict";
import { test } from "node:test";
import { inventedImages } from "../../test/support/invented-images.js";
import type { Estimate } from "../evaluation/estimate.js";
import { compareSets, type KnownOfModel, type SetComparison } from "../evaluation/shift/compare-sets.js";
import { describeReference } from "../evaluation/shift/describe-reference.js";
import { type DescribedImage, describeSet } from "../evaluation/shift/set-description.js";
import { shiftAlarm } from "../evaluation/shift/shift-watch.js";
import { shiftTable } from "./shift-table.js";
import { alarmText, shiftSentences, shiftText } from "./shift-words.js";

const fallen: Estimate = {
  value: 0.71,
  interval: { low: 0.66, high: 0.76, level: 0.95, method: "bootstrap-by-patient" },
  n: 200,
};
const auc = {
  metrics: { auc: fallen, sensitivity: { value: 0.9, interval: null, n: 90 }, specificity: fallen },
  threshold: { value: 0.3 },
};
const known: KnownOfModel = {
  ages: [1, 5],
  own: {
    auc: { value: 0.974, low: 0.963, high: 0.985 },
    sensitivity: { value: 0.9, low: null, high: null },
    specificity: { value: 0.8, low: 0.76, high: 0.84 },
    threshold: 0.3,
    pneumonia: 0.625,
  },
};
const trained = describeSet(inventedImages("trained"), 1);
const text = (shift: SetComparison) => shiftSentences(shift).join("\n");

test("a darker set with rarer pneumonia and a fallen AUC: each reason in words", () => {
  const said = text(compareSets(trained, inventedImages("dark", { dimmed: 0.6, pneumonia: "rare" }), known, auc));
  assert.match(
    said,
    /^A classifier that sees \d numbers of each image tells the sets apart with an AUC of (0\.9\d\d|1\.000)/,
  );
  assert.match(
    said,
    /\(0\.5: cannot be told apart, 1: always; 90 images of each set, p < 0\.001\): almost every image/,
  );
  assert.match(said, /^These images are (darker|poorer in contrast) \(mean \d+ instead of \d+\) and /m);
  assert.match(
    said,
    /^Pneumonia is rarer here: 20\.0% of the images instead of 75\.0%\. With .*52\.9% instead of 88\.2%/m,
  );
  assert.match(
    said,
    /^No age is known here: whether these patients are of the 1 to 5 years that the model was trained on/m,
  );
  assert.match(
    said,
    /^Lower than on the run's own test images: AUC 0\.710 \(0\.660–0\.760\) instead of 0\.974 \(0\.963–0\.985\) and specificity 0\.710 /m,
  );
  assert.match(said, /the likely reason, not a proven one\.$/);
});

test("a set alike: nothing differs, and a fallen AUC is not explained by what was compared", () => {
  const said = text(compareSets(trained, inventedImages("alike"), { ...known, ages: null }, auc));
  assert.match(said, /they (are alike in these|are much alike, yet not the same)\.$/m);
  assert.match(said, /^No number of the table differs notably\.$/m);
  assert.match(said, /Nothing that was compared explains it: labels, views/);
  assert.doesNotMatch(said, /Pneumonia is|\bage\b/);
});

test("patients of other ages are counted", () => {
  const said = text(compareSets(trained, inventedImages("old", { ageYears: 63 }), known, auc));
  assert.match(said, /^200 of the 200 images of known age are of patients outside the 1 to 5 years/m);
});

test("without the training images it says why, and goes on", () => {
  assert.match(
    text(compareSets("not kept", inventedImages("x"), known, auc)),
    /^How the training images look was not kept by the version/,
  );
  const alone = compareSets("no run", inventedImages("x"), { ages: null, own: null }, auc);
  assert.match(text(alone), /^How the training images look is kept in a run's folder only/);
  assert.equal(shiftTable(alone), null);
  assert.equal(shiftText(alone).split("\n").length, 3);
});

test("the table: what, trained on, here, difference; a mark where it is notable", () => {
  const shown = shiftText(compareSets(trained, inventedImages("dark", { dimmed: 0.6 }), known, auc));
  assert.match(shown, /^Compared with the training images\n {2,}Trained on {2,}Here {2,}Difference$/m);
  assert.match(shown, /^Images +200 +200$/m);
  assert.match(shown, /^Pneumonia \(share of images\) +75\.0% +75\.0% +0\.0 points$/m);
  assert.match(shown, /^Brightness \(mean grey level\) +12\d ± 1\d +7\d ± \d+ +\* −3\.\d SD$/m);
  assert.match(shown, /^Black \(share of pixels\) +10\.0% ± 0\.0% +10\.0% ± 0\.0% +0\.0%$/m);
  assert.match(shown, /^Width \(pixels\) +1200 ± 0 +1200 ± 0 +0$/m);
  assert.doesNotMatch(shown, /Age \(years\)/, "neither set has ages");
  const old = shiftText(compareSets(trained, inventedImages("old", { ageYears: 63 }), known, auc));
  assert.match(old, /^Age \(years\) +not known +63\.0 ± 0\.0$/m);
  assert.equal(shiftTable(compareSets(trained, inventedImages("x"), known, auc), "tested")?.columns[2], "Tested on");
});

test("an alarm in words: what differs, by which test, what follows, and that patients are unknown", () => {
  const met = (images: readonly DescribedImage[], scoreOf: (i: number) => number) =>
    images.map((image, i) => ({ ...image, score: scoreOf(i) }));
  const evenly = (i: number) => i / 200;
  const reference = describeReference(met(inventedImages("validated"), evenly), "validation");
  const dark = shiftAlarm(
    reference,
    met(inventedImages("dark", { dimmed: 0.6 }), (i) => 0.4 + i / 1000),
  );
  const said = alarmText(dark);
  assert.match(
    said,
    /^These 200 images are not like the 200 images that the threshold was set on \(validation\): .*darker.* and of another spread of score \(chi-squared test of 10 numbers of each image, p < 0\.001; sets that are alike are called different once in 100\)\. /,
  );
  assert.match(said, / A threshold that was chosen on other images is not to be trusted: .* Patients are not known: /);
  const alike = alarmText(shiftAlarm(reference, met(inventedImages("alike"), evenly)));
  assert.match(alike, /^These 200 images look and score like the 200 .* p = \d.*no proof that the threshold holds\./);
  const own = { ...compareSets(trained, inventedImages("x"), known, auc), alarm: dark };
  assert.match(shiftSentences(own, "tested").join("\n"), /^The 200 images of the test are not like/m);
  assert.match(
    text({ ...own, alarm: "too few" }),
    /^Whether the threshold was set on images like these is not tested/m,
  );
});
