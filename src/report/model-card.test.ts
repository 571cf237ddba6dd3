import assert from "node:assert/strict";
import { test } from "node:test";
import { reportFixture } from "../../test/support/report-fixture.js";
import { metricNames } from "../evaluation/metrics/registry.js";
import { modelCard } from "./model-card.js";
import { limitLines } from "./sections/limits.js";

const fixture = reportFixture();
const card = modelCard(fixture);
const [, head = "", body = ""] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(card) ?? [];

test("the head has Hugging Face's model-index with every metric, its n and its interval", () => {
  assert.match(head, /^license: "apache-2\.0"$/m);
  assert.match(head, /^model-index:\n {2}- name: "Custom CNN"\n {4}results:\n {6}- task:/m);
  const values = [...head.matchAll(/- type: (\w+)\n {12}value: ([\d.e-]+)\n {12}name: "(.+) \(n = (\d+)(.*)\)"/g)];
  assert.equal(values.length, metricNames.length);
  for (const [i, name] of metricNames.entries()) {
    const metric = fixture.evaluation.test.metrics[name];
    assert.equal(Number(values[i]?.[2]), Number(metric.value?.toFixed(6)), name);
    assert.equal(Number(values[i]?.[4]), metric.n, name);
    assert.match(values[i]?.[5] ?? "", /95% interval \d\.\d{3} to \d\.\d{3}/, name);
  }
  assert.ok(values.some(([, type]) => type === "roc_auc") && values.some(([, type]) => type === "recall"));
});

test("the body says what it is for, what not, on which data, how good, with which limits, and whom to cite", () => {
  const titles = [...body.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  assert.deepEqual(titles, [
    "Meant for",
    "Not meant for",
    "Data",
    "Test images beside training images",
    "Training",
    "Results on 624 test images",
    "Results per patient",
    "Parts of the test images",
    "Where the model looked",
    "Limits",
    "Licences",
    "To cite",
  ]);
  assert.match(body, /not a medical device/);
  assert.match(body, /CC BY 4\.0/);
  assert.match(body, /Bacterial pneumonia/);
  for (const line of limitLines(fixture)) assert.ok(body.includes(line));
  assert.doesNotMatch(card, /undefined|NaN|\[object/);
  assert.ok(card.endsWith("\n"));
});

test("names stay words: no line, link, table or YAML of their own", () => {
  const evil = 'a"\n---\nb: [x](javascript:alert(1)) <script> | `c`';
  const hostile = modelCard({
    ...fixture,
    run: { ...fixture.run, name: evil },
    model: { ...fixture.model, title: evil },
    dataset: { ...fixture.dataset, name: evil },
  });
  assert.equal(hostile.match(/^---$/gm)?.length, 2);
  assert.doesNotMatch(hostile.slice(hostile.lastIndexOf("---\n")), /(?<!\\)<script|(?<!\\)\[x/);
  const names = [...hostile.matchAll(/name: (".*")$/gm)].map(([, name]) => JSON.parse(name ?? ""));
  assert.ok(names.includes(evil));
});

test("phantoms and unknown data are not sold as children's radiographs", () => {
  const synthetic = modelCard({
    ...fixture,
    dataset: { ...fixture.dataset, kind: "synthetic", attribution: undefined },
  });
  assert.match(synthetic, /No patient was involved/);
  assert.doesNotMatch(synthetic, /Guangzhou|Kermany/);
  const small = modelCard({ ...fixture, training: undefined, heatMaps: undefined });
  assert.doesNotMatch(small, /undefined|epoch \d/);
});

test("how the test images differ from the training images, with marks that are no markup", () => {
  const card = modelCard(reportFixture());
  assert.match(card, /^## Test images beside training images\n\n\| {2}\| Trained on \| Tested on \| Difference \|$/m);
  assert.match(card, /^\| Brightness \(mean grey level\) \| .* \| \\\* −1\.\d SD \|$/m);
  assert.match(card, /^A classifier that sees 5 numbers of each image tells the sets apart/m);
  assert.doesNotMatch(modelCard({ ...reportFixture(), shift: undefined }), /beside training images/);
});
