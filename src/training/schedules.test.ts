import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import {
  cosineDecay,
  directionOf,
  type PlateauSettings,
  startPlateau,
  stepPlateau,
  studyPlateau,
} from "./schedules.js";

interface PlateauCase {
  readonly name: string;
  readonly settings: {
    readonly mode: "min" | "max";
    readonly factor: number;
    readonly patience: number;
    readonly min_delta: number;
    readonly cooldown: number;
    readonly min_lr: number;
  };
  readonly learningRate: number;
  /** null is NaN, "Infinity" itself. */
  readonly values: readonly (number | string | null)[];
  readonly rates: readonly number[];
  readonly ratesOfKeras2: readonly number[];
}

const cases: readonly PlateauCase[] = JSON.parse(readFileSync(golden("keras-training", "plateau.json"), "utf8")).cases;

/** Where Keras 2 and 3 differ and Keras 2 is followed: a NaN in the first epoch must not become the best value. */
const asKeras2 = new Set(["NaN first"]);

for (const item of cases) {
  test(`learning rates are those of Keras' ReduceLROnPlateau: ${item.name}`, () => {
    const given = item.settings;
    const settings: PlateauSettings = {
      mode: given.mode,
      factor: given.factor,
      patience: given.patience,
      minDelta: given.min_delta,
      cooldown: given.cooldown,
      minLearningRate: given.min_lr,
    };
    let state = startPlateau(item.learningRate);
    const rates = item.values.map((value) => {
      // Through JSON each time, as a resumed run does.
      state = JSON.parse(JSON.stringify(stepPlateau(settings, state, value === null ? Number.NaN : Number(value))));
      return state.learningRate;
    });
    assert.deepEqual(rates, asKeras2.has(item.name) ? item.ratesOfKeras2 : item.rates);
  });
}

test("the study's settings lower 1e-3 to 3e-4 after two epochs without improvement", () => {
  let state = startPlateau(1e-3);
  const rates = [0.9, 0.9, 0.9].map((value) => {
    state = stepPlateau(studyPlateau, state, value);
    return Number(state.learningRate.toPrecision(6));
  });
  assert.deepEqual(rates, [1e-3, 1e-3, 3e-4]);
});

test("losses should fall, accuracies and AUC rise", () => {
  assert.deepEqual(["loss", "val_loss", "val_accuracy", "val_auc"].map(directionOf), ["min", "min", "max", "max"]);
});

test("the cosine falls from 1 to 0, slowly at both ends", () => {
  assert.deepEqual([0, 1].map(cosineDecay), [1, 0]);
  assert.ok(Math.abs(cosineDecay(0.5) - 0.5) < 1e-12);
  assert.ok(Math.abs(cosineDecay(1 / 3) - 0.75) < 1e-12);
  const rates = Array.from({ length: 101 }, (_, i) => cosineDecay(i / 100));
  assert.ok(rates.every((rate, i) => i === 0 || rate < (rates[i - 1] as number)));
});
