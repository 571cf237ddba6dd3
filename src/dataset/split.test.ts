// Patient keys, class weights and splits that keep a patient on one side.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { realData, withoutRealData } from "../../test/support/paths.js";
import { classWeights } from "./class-weights.js";
import { groupDuplicates, patientsAcrossSplits } from "./duplicates.js";
import { openDataset } from "./open-dataset.js";
import { groupOf, patientKey } from "./patient-key.js";
import { pickSamples } from "./pick-samples.js";
import type { Label, Sample } from "./sample.js";
import { officialSplit, splitBy, splitByBlocks, splitByPatients } from "./split.js";

const keys: readonly [file: string, patient: string | null, group: string][] = [
  ["person23_bacteria_78.jpeg", "bacteria:23", "person:23"],
  ["person23_virus_9.jpeg", "virus:23", "person:23"],
  ["person1_virus_6_1.jpeg", "virus:1", "person:1"],
  ["IM-0115-0001.jpeg", "IM:115", "IM:115"],
  ["IM-0117-0001-0002.jpeg", "IM:117", "IM:117"],
  ["NORMAL2-IM-0383-0001.jpeg", "NORMAL2-IM:383", "NORMAL2-IM:383"],
  ["NORMAL-1003233-0001.jpeg", "NORMAL:1003233", "person:1003233"],
  ["BACTERIA-1003233-0002.jpeg", "bacteria:1003233", "person:1003233"],
  ["VIRUS-1003233-0001.jpeg", "virus:1003233", "person:1003233"],
  ["scan.jpeg", null, "image scan.jpeg"],
];

for (const [file, patient, group] of keys) {
  test(`${file} is of patient ${patient}, grouped as ${group}`, () => {
    assert.equal(patientKey(file), patient);
    assert.equal(groupOf({ name: file, patient }), group);
  });
}

test("class weights by hand, and none for one class", () => {
  assert.deepEqual(classWeights([0, 1, 1, 1]), [2, 4 / 6]);
  assert.throws(() => classWeights([1, 1]), { code: "DATASET_ONE_CLASS" });
  assert.throws(() => classWeights([]), { code: "DATASET_ONE_CLASS" });
});

function sample(label: Label, patient: string | null, i: number, split: Sample["split"] = "train"): Sample {
  const name = `${split}/${label === 0 ? "NORMAL" : "PNEUMONIA"}/${i}.jpeg`;
  return { path: `/data/${name}`, name, split, label, patient };
}

/** Random patients of one to six images; a few numbers occur as bacteria and as virus. */
const arbitrarySamples = fc
  .array(
    fc.record({
      type: fc.constantFrom("IM", "NORMAL2-IM", "bacteria", "virus"),
      number: fc.integer({ min: 1, max: 60 }),
      images: fc.integer({ min: 1, max: 6 }),
    }),
    { minLength: 20, maxLength: 120 },
  )
  .map((patients) =>
    patients.flatMap(({ type, number, images }) =>
      Array.from({ length: images }, () => [type.endsWith("IM") ? 0 : 1, `${type}:${number}`] as const),
    ),
  )
  .map((rows) => rows.map(([label, patient], i) => sample(label as Label, patient, i)))
  .filter((samples) =>
    ([0, 1] as const).every((label) => groupsOf(samples.filter((s) => s.label === label)).size >= 4),
  );

const groupsOf = (samples: readonly Sample[]) => new Set(samples.map(groupOf));

test("no patient is on both sides, nothing is lost, the fraction is near, the seed decides", () => {
  fc.assert(
    fc.property(arbitrarySamples, fc.integer(), fc.constantFrom(0.1, 0.2, 0.5), (samples, seed, fraction) => {
      const { training, validation } = splitByPatients(samples, { seed, fraction });
      const held = groupsOf(validation);
      for (const group of groupsOf(training)) assert.ok(!held.has(group), group);
      assert.deepEqual(
        [...training, ...validation].map(({ name }) => name).sort(),
        samples.map(({ name }) => name).sort(),
      );
      for (const label of [0, 1] as const) {
        const ofLabel = (part: readonly Sample[]) => part.filter((s) => s.label === label);
        const sizes = [...groupsOf(ofLabel(samples))].map(
          (group) => ofLabel(samples).filter((sample) => groupOf(sample) === group).length,
        );
        // Whole patients: at most one patient's images away from the fraction.
        const away = Math.abs(ofLabel(validation).length - fraction * ofLabel(samples).length);
        assert.ok(away <= Math.max(...sizes), `${away} away with patients of ${Math.max(...sizes)}`);
        assert.ok(ofLabel(validation).length > 0 && ofLabel(training).length > 0);
      }
      assert.deepEqual(splitByPatients(samples, { seed, fraction }).validation, validation);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("another seed gives another split", () => {
  const samples = Array.from({ length: 200 }, (_, i) => sample(i % 2 === 0 ? 0 : 1, `IM:${i}`, i));
  const names = (seed: number) => splitByPatients(samples, { seed }).validation.map(({ name }) => name);
  assert.notDeepEqual(names(1), names(2));
});

test("blocks: one run of neighbours of each series, near the fraction, no patient on both sides", () => {
  fc.assert(
    fc.property(arbitrarySamples, fc.integer(), fc.constantFrom(0.1, 0.3), (samples, seed, fraction) => {
      const { training, validation } = splitByBlocks(samples, { seed, fraction });
      assert.equal(training.length + validation.length, samples.length);
      const held = groupsOf(validation);
      for (const group of groupsOf(training)) assert.ok(!held.has(group), group);
      for (const series of ["IM", "NORMAL2-IM", "person"]) {
        const numbers = [...groupsOf(samples)]
          .filter((name) => name.startsWith(`${series}:`))
          .sort((a, b) => Number(a.split(":")[1]) - Number(b.split(":")[1]));
        const isHeld = numbers.map((name) => held.has(name));
        const starts = isHeld.filter((is, i) => is && !isHeld.at(i - 1)).length;
        const isRunOrAll = starts <= 1; // counted round the end; the series of a lacking class may add a second run
        assert.ok(isRunOrAll || starts === 2, `${series}: ${starts} runs`);
      }
      assert.deepEqual(splitByBlocks(samples, { seed, fraction }).validation, validation);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("blocks by hand: ten patients of one image, three in a row; another seed begins elsewhere", () => {
  const samples = [0, 1].flatMap((label) =>
    Array.from({ length: 10 }, (_, i) => sample(label as Label, label === 0 ? `IM:${i + 1}` : `virus:${i + 1}`, i)),
  );
  const numbers = (seed: number) =>
    splitByBlocks(samples, { seed, fraction: 0.3 })
      .validation.filter(({ label }) => label === 0)
      .map(({ patient }) => Number(patient?.split(":")[1]));
  const runs = Array.from({ length: 20 }, (_, seed) => numbers(seed));
  for (const run of runs) {
    assert.equal(run.length, 3);
    const first = run.find((n) => !run.includes(((n + 8) % 10) + 1)) as number;
    assert.ok(run.includes((first % 10) + 1) && run.includes(((first + 1) % 10) + 1), String(run));
  }
  assert.ok(new Set(runs.map(String)).size > 3);
});

test("few and huge patients still leave both classes on both sides, or say why not", () => {
  const rows = (label: Label, patient: string, n: number, from: number) =>
    Array.from({ length: n }, (_, i) => sample(label, patient, from + i));
  const few = [
    ...rows(0, "IM:1", 50, 0),
    ...rows(0, "IM:2", 40, 50),
    ...rows(1, "virus:1", 30, 90),
    ...rows(1, "virus:2", 30, 120),
  ];
  const { training, validation } = splitByPatients(few, { seed: 3 });
  for (const part of [training, validation]) assert.deepEqual(new Set(part.map(({ label }) => label)), new Set([0, 1]));
  const single = [...rows(0, "IM:1", 5, 0), ...rows(1, "virus:1", 3, 5), ...rows(1, "virus:2", 3, 8)];
  assert.throws(() => splitByPatients(single, { seed: 3 }), { code: "DATASET_FEW_PATIENTS" });
  assert.throws(() => splitByPatients(rows(0, "IM:1", 5, 0), { seed: 3 }), { code: "DATASET_ONE_CLASS" });
  assert.throws(() => splitByPatients(few, { seed: 3, fraction: 0 }), { code: "OPTION_INVALID" });
});

test("the published split is train/ and val/, and needs both", () => {
  const samples = [sample(0, "IM:1", 1), sample(1, "virus:1", 2, "val"), sample(1, "virus:2", 3, "test")];
  const { training, validation } = officialSplit(samples);
  assert.deepEqual([training, validation], [[samples[0]], [samples[1]]]);
  assert.throws(() => officialSplit(samples.slice(0, 1)), { code: "DATASET_LAYOUT" });
});

test("crossing patients: the type is part of the key, unknown names do not count", () => {
  const samples = [
    sample(1, "bacteria:1", 1),
    sample(1, "virus:1", 2, "test"),
    sample(1, null, 3),
    sample(1, null, 4, "test"),
    sample(0, "IM:7", 5),
    sample(0, "IM:7", 6, "test"),
  ];
  assert.deepEqual(patientsAcrossSplits(samples), [
    { patient: "IM:7", splits: ["train", "test"], names: ["train/NORMAL/5.jpeg", "test/NORMAL/6.jpeg"] },
  ]);
});

test("images of unknown patients are split only where that is asked for, each by itself", () => {
  const samples = Array.from({ length: 40 }, (_, i) => sample((i % 2) as Label, i < 20 ? `IM:${i}` : null, i));
  const options = { seed: 1, fraction: 0.2 };
  for (const patients of ["known", "names"] as const) {
    assert.throws(() => splitBy("patients", samples, { ...options, patients }), {
      code: "DATASET_PATIENTS_UNKNOWN",
      received: /^20 of 40 images without a patient, such as train\//,
    });
  }
  const split = splitBy("patients", samples, { ...options, patients: "unknown" });
  assert.equal(split.splitBy, "image");
  assert.equal(split.training.length + split.validation.length, 40);
  const known = samples.filter(({ patient }) => patient !== null);
  assert.equal(splitBy("blocks", known, { ...options, patients: "known" }).splitBy, "patient");
});

test("duplicates are grouped, and crossing a split or class is said", () => {
  const [a, b, c, d] = [sample(0, "a", 1), sample(1, "b", 2), sample(0, "c", 3, "test"), sample(1, "d", 4)] as const;
  assert.deepEqual(
    groupDuplicates([
      [a, "x"],
      [b, "x"],
      [c, "y"],
      [d, "z"],
    ]),
    [{ names: [a.name, b.name], acrossSplits: false, acrossClasses: true }],
  );
  assert.deepEqual(
    groupDuplicates([
      [a, "x"],
      [b, "y"],
      [c, "x"],
      [d, "x"],
    ]),
    [{ names: [a.name, c.name, d.name], acrossSplits: true, acrossClasses: true }],
  );
});

test("the grid shows each class and no patient twice", () => {
  const samples = Array.from({ length: 40 }, (_, i) => sample(i % 2 === 0 ? 0 : 1, `IM:${i >> 2}`, i));
  const picked = pickSamples(samples, { perClass: 5, seed: 1 });
  assert.deepEqual(
    picked.map(({ label }) => label),
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
  );
  for (const label of [0, 1])
    assert.equal(new Set(picked.filter((s) => s.label === label).map((s) => s.patient)).size, 5);
  assert.deepEqual(pickSamples(samples, { perClass: 5, seed: 1 }), picked);
  assert.notDeepEqual(pickSamples(samples, { perClass: 5, seed: 2 }), picked);
});

test("the published data: class weights, a tenth held out, no patient of train/ in test/", {
  skip: withoutRealData("chest_xray"),
}, async () => {
  const { samples } = await openDataset(realData("chest_xray"));
  const train = samples.filter(({ split }) => split === "train");
  assert.deepEqual(classWeights(train.map(({ label }) => label)), [1.9448173005219984, 0.6730322580645162]);
  assert.deepEqual(patientsAcrossSplits(samples), []);
  const { training, validation } = splitByPatients(train, { seed: 1 });
  assert.equal(training.length + validation.length, 5216);
  const normal = validation.filter(({ label }) => label === 0).length;
  assert.ok(Math.abs(normal - 134.1) <= 2 && Math.abs(validation.length - normal - 387.5) <= 2);
  const held = groupsOf(validation);
  assert.ok(training.every((sample) => !held.has(groupOf(sample))));
});
