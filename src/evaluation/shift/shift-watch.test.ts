// On seeded sets whose answer is known: how often alike sets are called different, by patient and in a window.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../core/random.js";
import { isReferenceSet } from "../../core/reference-set.js";
import { describeReference, type MetImageOfPatient } from "./describe-reference.js";
import { alarmLevel, type ShiftAlarm, ShiftWatch, shiftAlarm } from "./shift-watch.js";

const flat = { contrast: 50, sharpness: 0.05, black: 0, white: 0, edge: 0, shape: 1, width: 800, height: 800 };
const ofBrightness = (brightness: number): MetImageOfPatient => ({
  score: 0.5,
  traits: { ...flat, brightness },
  patient: null,
});

function alarmOf(reference: readonly MetImageOfPatient[], here: readonly MetImageOfPatient[]): ShiftAlarm {
  const alarm = shiftAlarm(describeReference(reference, "validation"), here);
  if (typeof alarm === "string") assert.fail(alarm);
  return alarm;
}

const brightnessOf = ({ columns }: ShiftAlarm) => columns.find(({ name }) => name === "brightness");

test("images that all share a value: others below it and above it are told, and equal ones are not", () => {
  const all = (brightness: number, images: number) => Array.from({ length: images }, () => ofBrightness(brightness));
  for (const [here, higher] of [
    [96, 0],
    [128.6, 1],
  ] as const) {
    const alarm = alarmOf(all(128, 100), all(here, 30));
    assert.deepEqual([alarm.isRaised, brightnessOf(alarm)?.distance, brightnessOf(alarm)?.higher], [true, 1, higher]);
  }
  const alike = alarmOf(all(128, 100), all(128.1, 30));
  assert.deepEqual([alike.isRaised, alike.p], [false, 1], "what is less than a step is no difference");
});

test("a set spread otherwise about the same middle is told", () => {
  const spread = (sd: number) => Array.from({ length: 200 }, (_, i) => ofBrightness(122 + sd * Math.sin(i)));
  const alarm = alarmOf(spread(15), spread(8));
  assert.ok(alarm.isRaised);
  assert.ok(Math.abs((brightnessOf(alarm)?.higher ?? 0) - 0.5) < 0.05);
});

/** Patients of one to eight images, which have much in common. */
function drawn(seed: number, patients: number, moved = 0): MetImageOfPatient[] {
  const random = Random.of(seed, "patients");
  return Array.from({ length: patients }, (_, patient) => {
    const own = random.normal(0, 1);
    return Array.from({ length: 1 + Math.floor(random.uniform(0, 8)) }, (): MetImageOfPatient => {
      const near = (mean: number, sd: number) => mean + sd * (0.9 * own + 0.43 * random.normal(0, 1) + moved);
      return {
        score: 1 / (1 + Math.exp(-near(0, 3))),
        traits: {
          brightness: near(122, 15),
          contrast: random.normal(56, 8),
          sharpness: near(0.05, 0.01),
          black: random.uniform(0, 0.2),
          white: 0,
          edge: near(-0.75, 0.25),
          shape: near(1.3, 0.2),
          width: Math.round(near(1200, 200)),
          height: 900,
        },
        patient: String(patient),
      };
    });
  }).flat();
}

const sets = 200;
/** Of pairs of sets drawn alike. */
const share = (isRaised: (seed: number) => boolean): number =>
  Array.from({ length: sets }, (_, i) => isRaised(2 * i + 1)).filter(Boolean).length / sets;

test("sets that are alike are called different at most as often as stated; without patients that is not kept", () => {
  const known = share((seed) => alarmOf(drawn(seed, 150), drawn(seed + 1, 100)).isRaised);
  // The binomial's 99.9 % point of 200 sets at 1 %.
  assert.ok(known <= alarmLevel + 3.1 * Math.sqrt((alarmLevel * (1 - alarmLevel)) / sets), `${known}`);
  const nobodys = (seed: number, patients: number) =>
    drawn(seed, patients).map((image) => ({ ...image, patient: null }));
  const unknown = share((seed) => alarmOf(nobodys(seed, 150), nobodys(seed + 1, 100)).isRaised);
  assert.ok(unknown > 5 * alarmLevel, `${unknown}: images of one patient are not independent`);
});

test("sets apart by more than half a standard deviation are told; the columns that did not move are not", () => {
  const { isRaised, columns, patients, reference } = alarmOf(drawn(1, 300), drawn(2, 200, 0.7));
  assert.ok(isRaised);
  assert.deepEqual([patients, reference.patients], [200, 300]);
  const different = columns.filter(({ isDifferent }) => isDifferent);
  assert.deepEqual(
    different.map(({ name }) => name),
    ["score", "brightness", "sharpness", "edge", "shape", "width"],
  );
  assert.ok(
    different.every(({ distance }) => distance > 0),
    "values here are higher",
  );
});

test("a window forgets what came before it, and little is said of few", () => {
  const reference = describeReference(drawn(1, 300), "validation");
  const watch = new ShiftWatch(reference, 100);
  for (const image of drawn(2, 60, 3).slice(0, 100)) watch.add(image);
  assert.ok((watch.verdict() as ShiftAlarm).isRaised);
  const later = drawn(3, 60).slice(0, 100);
  for (const image of later) watch.add(image);
  const fresh = new ShiftWatch(reference);
  for (const image of later) fresh.add(image);
  assert.deepEqual(watch.verdict(), fresh.verdict());
  assert.equal(watch.images, 100);
  const few = new ShiftWatch(reference, 100);
  for (const image of later.slice(0, 19)) few.add(image);
  assert.equal(few.verdict(), "too few");
  assert.equal(shiftAlarm(undefined, later), "not kept");
});

test("what is kept is compact, and tells of no image", () => {
  const reference = describeReference(drawn(1, 300), "validation");
  assert.ok(isReferenceSet(JSON.parse(JSON.stringify(reference))));
  assert.ok(JSON.stringify(reference).length < 6000, `${JSON.stringify(reference).length}`);
  assert.deepEqual(Object.keys(reference), ["of", "images", "patients", "columns"]);
  const { values, shares } = reference.columns.width as { values: number[]; shares: number[] };
  assert.equal(values.length, shares.length);
  assert.equal(shares.at(-1), 1);
  assert.ok(!isReferenceSet({ ...reference, columns: { score: { values: [1, 0], shares: [0, 1] } } }));
  assert.ok(!isReferenceSet({ ...reference, images: 0 }));
});
