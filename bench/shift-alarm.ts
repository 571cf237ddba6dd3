// How often the shift alarm is raised for images like those that a run's threshold was set on, and for its test: random halves of the
// validation patients beside the other half and beside all of validation, and random patients of the test beside validation. Scores are
// those of predictions.csv. The alarm sees no labels; two rows use them to give one part the other's share of patients with pneumonia.
//
//   node dist/bench/shift-alarm.js runs/<name> …   [--draws 200] [--cache .cache/pneumoscope] [--data <where the dataset lies now>]
import { parseArgs } from "node:util";
import { Random } from "../src/core/random.js";
import { runPaths } from "../src/core/run-folder.js";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { quantile } from "../src/evaluation/bootstrap.js";
import type { Prediction } from "../src/evaluation/prediction.js";
import { readPredictions } from "../src/evaluation/predictions-file.js";
import { describeReference, type MetImageOfPatient } from "../src/evaluation/shift/describe-reference.js";
import { type ShiftAlarm, shiftAlarm } from "../src/evaluation/shift/shift-watch.js";
import { describedImages, everyLoadedImage, withScores } from "../src/run/described-images.js";
import { readSettings } from "../src/run/settings-file.js";
import { appendResults, type Row } from "./results-file.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    draws: { type: "string", default: "200" },
    cache: { type: "string", default: ".cache/pneumoscope" },
    data: { type: "string" },
  },
});
const draws = Number(values.draws);

interface LabelledImage extends MetImageOfPatient {
  readonly label: 0 | 1;
}

interface ScoredParts {
  readonly validation: readonly LabelledImage[];
  readonly test: readonly LabelledImage[];
}

async function imagesOf(folder: string): Promise<ScoredParts> {
  const paths = runPaths(folder);
  const { data, imageSize: size, interpolation } = await readSettings(paths.args);
  const rows = new Map((await readPredictions(paths.predictions)).map((row) => [row.name, row]));
  const { samples } = await openDataset(values.data ?? data);
  const images = await loadImages(
    samples.filter(({ name }) => rows.has(name)),
    { size, interpolation, cacheFolder: values.cache },
  );
  const scored = images.loaded.map(({ name }) => rows.get(name) as Prediction);
  const met = withScores(describedImages(everyLoadedImage(images)), scored).map((image, i): LabelledImage => {
    const { label } = scored[i] as Prediction;
    return { ...image, label };
  });
  const of = (split: string) => met.filter((_, i) => scored[i]?.split === split);
  return { validation: of("validation"), test: of("test") };
}

const patientsOf = (images: readonly LabelledImage[]) => [...new Set(images.map(({ patient }) => patient))];

/** Without some random patients of one class, so that the share of patients with pneumonia is that of `like`. */
function withShareOf(like: readonly LabelledImage[], images: readonly LabelledImage[], seed: number) {
  const countOf = (set: readonly LabelledImage[], label: 0 | 1) =>
    patientsOf(set.filter((one) => one.label === label)).length;
  const odds = countOf(like, 1) / countOf(like, 0);
  const many = countOf(images, 1) / countOf(images, 0) > odds ? 1 : 0;
  const kept = many === 1 ? odds * countOf(images, 0) : countOf(images, 1) / odds;
  const ofMany = patientsOf(images.filter(({ label }) => label === many));
  const chosen = new Set(Random.of(seed, "share").shuffled(ofMany).slice(0, Math.round(kept)));
  return images.filter(({ label, patient }) => label !== many || chosen.has(patient));
}

/** Random halves of the patients. */
function halves(images: readonly LabelledImage[], seed: number) {
  const patients = patientsOf(images);
  const first = new Set(
    Random.of(seed, "half")
      .shuffled(patients)
      .slice(0, patients.length / 2),
  );
  const inFirst = ({ patient }: LabelledImage) => first.has(patient);
  return [images.filter(inFirst), images.filter((image) => !inFirst(image))] as const;
}

function alarmOf(reference: readonly MetImageOfPatient[], here: readonly MetImageOfPatient[]): ShiftAlarm {
  const alarm = shiftAlarm(describeReference(reference, "validation"), here);
  if (typeof alarm === "string") throw new Error(alarm);
  return alarm;
}

function rowOf(alarms: readonly ShiftAlarm[], facts: Row): Row {
  const raised = alarms.filter(({ isRaised }) => isRaised).length;
  const sorted = alarms.map(({ p }) => p).sort((a, b) => a - b);
  const named = (alarm: ShiftAlarm) =>
    alarm.columns.flatMap(({ name, distance, isDifferent }) => (isDifferent ? `${name} ${distance.toFixed(2)}` : []));
  return {
    ...facts,
    draws: alarms.length,
    raised,
    share: (raised / alarms.length).toFixed(3),
    median_p: quantile(sorted, 0.5).toPrecision(2),
    different: alarms.length === 1 ? named(alarms[0] as ShiftAlarm).join(" ") : "",
  };
}

const rows: Row[] = [];
for (const folder of positionals) {
  const { model, seed } = await readSettings(runPaths(folder).args);
  const { validation, test } = await imagesOf(folder);
  const each = <Value>(make: (draw: number) => Value) => Array.from({ length: draws }, (_, draw) => make(draw + 1));
  const facts = (here: string, reference: string, images: number) => ({ model, seed, here, reference, images });
  const pairs = each((draw) => halves(validation, draw));
  const half = Math.round(validation.length / 2);
  rows.push(
    rowOf(
      pairs.map(([first, second]) => alarmOf(second, first)),
      facts("half of the validation patients", "the other half", half),
    ),
    rowOf(
      pairs.map(([first]) => alarmOf(validation, first)),
      facts("half of the validation patients", "validation", half),
    ),
    rowOf(
      pairs.map(([first, second], draw) => alarmOf(second, withShareOf(test, first, draw))),
      facts("half of the validation patients, pneumonia as common as in the test", "the other half", half),
    ),
    rowOf(
      each((draw) => alarmOf(validation, withShareOf(validation, test, draw))),
      facts("test, pneumonia as common as in validation", "validation", withShareOf(validation, test, 1).length),
    ),
    rowOf([alarmOf(validation, test)], facts("test", "validation", test.length)),
    rowOf(
      [
        alarmOf(
          validation,
          test.map((image) => ({ ...image, patient: null })),
        ),
      ],
      facts("test, patients unknown", "validation", test.length),
    ),
  );
  for (const count of [25, 50, 100]) {
    const patients = patientsOf(test);
    const drawn = each((draw) => {
      const chosen = new Set(Random.of(draw, "patients of the test").shuffled(patients).slice(0, count));
      return test.filter(({ patient }) => chosen.has(patient));
    });
    const images = Math.round(drawn.reduce((sum, { length }) => sum + length / drawn.length, 0));
    rows.push(
      rowOf(
        drawn.map((here) => alarmOf(validation, here)),
        facts(`${count} patients of the test`, "validation", images),
      ),
    );
  }
}
console.table(rows);
console.log(`appended to ${await appendResults("shift-alarm", rows)}`);
