import assert from "node:assert/strict";
import { test } from "node:test";
import { fewPatientsNote } from "./few-patients.js";
import type { Sample } from "./sample.js";

const samples = (n: number, patientOf: (i: number) => string | null): Sample[] =>
  Array.from({ length: n }, (_, i) => ({
    path: `/${i}`,
    name: `${i}`,
    split: "test" as const,
    label: 0 as const,
    patient: patientOf(i),
  }));

test("few patients are told with the interval of a good result; patients count, not their images", () => {
  // Wilson's interval of 10.8 of 12, as statsmodels' proportion_confint gives it: 0.630 to 0.980
  assert.equal(
    fewPatientsNote(
      "test/",
      samples(48, (i) => `p${i % 12}`),
    ),
    "test/ has 12 patients: an accuracy of 90 % there would only be known to lie between 63 and 98 % (95 % interval)",
  );
  assert.match(
    fewPatientsNote(
      "test/",
      samples(16, () => null),
    ) ?? "",
    /^test\/ has 16 images: .* 67 and 98 %/,
  );
  assert.match(fewPatientsNote("a tenth", samples(4, String), 0.1) ?? "", /^a tenth has 1 patient: /);
});

test("a hundred and more need no note, and neither does nobody", () => {
  assert.equal(fewPatientsNote("test/", samples(100, String)), undefined);
  assert.equal(fewPatientsNote("test/", []), undefined);
});
