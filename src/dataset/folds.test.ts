import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { golden } from "../../test/support/paths.js";
import { AppError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { foldText, parseFold, stratifiedFolds } from "./folds.js";
import type { Sample } from "./sample.js";

interface Case {
  readonly folds: number;
  readonly patients: readonly (readonly [number, number])[];
  readonly spread: number;
}

const cases = JSON.parse(readFileSync(golden("sklearn", "folds.json"), "utf8")) as readonly Case[];

function samplesOf({ patients }: Pick<Case, "patients">): Sample[] {
  return patients.flatMap((counts, patient) =>
    counts.flatMap((n, label) =>
      Array.from({ length: n }, (_, i): Sample => {
        const name = `${patient}-${label}-${i}.png`;
        return { path: `/${name}`, name, split: "train", label: label as 0 | 1, patient: `p${patient}` };
      }),
    ),
  );
}

/** As scikit-learn's splitter judges folds. */
function spreadOf(samples: readonly Sample[], folds: Uint8Array, of: number): number {
  const deviations = [0, 1].map((label) => {
    const total = samples.filter((sample) => sample.label === label).length;
    const shares = Array.from({ length: of }, (_, fold) => {
      return samples.filter((sample, i) => sample.label === label && folds[i] === fold + 1).length / total;
    });
    return Math.sqrt(shares.reduce((sum, share) => sum + (share - 1 / of) ** 2, 0) / of);
  });
  return deviations.reduce((sum, deviation) => sum + deviation, 0) / 2;
}

test("100 random manifests: groups whole, every fold with both classes, shares no worse than scikit-learn's", () => {
  assert.equal(cases.length, 100);
  for (const [seed, one] of cases.entries()) {
    const samples = samplesOf(one);
    const folds = stratifiedFolds(samples, { folds: one.folds, seed });
    const foldsOf = new Map<string, Set<number>>();
    for (const [i, { patient }] of samples.entries()) {
      foldsOf.set(`${patient}`, (foldsOf.get(`${patient}`) ?? new Set()).add(folds[i] as number));
    }
    assert.ok([...foldsOf.values()].every((set) => set.size === 1));
    for (let fold = 1; fold <= one.folds; fold++) {
      const labels = new Set(samples.filter((_, i) => folds[i] === fold).map(({ label }) => label));
      assert.equal(labels.size, 2, `manifest ${seed}, fold ${fold}`);
    }
    const spread = spreadOf(samples, folds, one.folds);
    assert.ok(spread <= one.spread + 1e-9, `manifest ${seed}: ${spread}, scikit-learn ${one.spread}`);
  }
});

test("the folds of a seed do not depend on the order of the images, and another seed deals anew", () => {
  const samples = samplesOf(cases[3] as Case);
  const numbers = (given: readonly Sample[], seed: number) => {
    const folds = stratifiedFolds(given, { folds: 4, seed });
    return new Map(given.map(({ name }, i) => [name, folds[i]]));
  };
  const first = numbers(samples, 1);
  const again = numbers(Random.of(7, "order").shuffled(samples), 1);
  assert.ok(samples.every(({ name }) => first.get(name) === again.get(name)));
  const other = numbers(samples, 2);
  assert.ok(samples.some(({ name }) => first.get(name) !== other.get(name)));
});

test("too few patients of a class, and impossible numbers of folds, are refused", () => {
  const samples = samplesOf({
    patients: [
      [3, 0],
      [2, 0],
      [1, 0],
      [0, 2],
      [0, 9],
    ],
  });
  const code = (expected: string) => (error: unknown) => error instanceof AppError && error.code === expected;
  assert.throws(() => stratifiedFolds(samples, { folds: 3, seed: 1 }), code("DATASET_FEW_PATIENTS"));
  for (const folds of [1, 0, -2, 2.5, Number.NaN, 101]) {
    assert.throws(() => stratifiedFolds(samples, { folds, seed: 1 }), code("OPTION_INVALID"));
  }
  assert.deepEqual(new Set(stratifiedFolds(samples, { folds: 2, seed: 1 })), new Set([1, 2]));
});

test("a fold is written as 2/5 and nothing else", () => {
  assert.deepEqual(parseFold("2/5"), { number: 2, of: 5 });
  assert.equal(foldText({ number: 2, of: 5 }), "2/5");
  for (const text of ["0/5", "6/5", "1/1", "1/101", "2", "2/5 ", "-1/5", "1.5/5", "", "a/b"]) {
    assert.equal(parseFold(text), undefined, text);
  }
});
