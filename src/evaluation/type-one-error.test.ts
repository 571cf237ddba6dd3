// That tests and intervals hold what they promise where several images are of one patient: a short run of bench/paired-tests.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { officialSizes, simulatePair, withoutPatients } from "../../test/support/simulated-pairs.js";
import { Random } from "../core/random.js";
import { pairedAucs } from "./obuchowski.js";
import { pairedCalls } from "./paired-calls.js";
import type { Prediction } from "./prediction.js";

const simulations = 200;
const threshold = 0.5;

test("equally good models are found different in 6 of 100 sets at most; taken for independent, images find more", () => {
  const random = Random.of(7, "equal models");
  const found = { calls: 0, auc: 0, callsAlone: 0, aucAlone: 0 };
  for (let s = 0; s < simulations; s++) {
    const [a, b] = simulatePair({ sizes: officialSizes, correlations: [0.6, 0.6] }, random);
    const calls = (x: readonly Prediction[], y: readonly Prediction[]) =>
      Number(pairedCalls({ rows: x, threshold }, { rows: y, threshold }).p < 0.05);
    const auc = (x: readonly Prediction[], y: readonly Prediction[]) => Number((pairedAucs(x, y)?.p ?? 1) < 0.05);
    const alone = [withoutPatients(a), withoutPatients(b)] as const;
    found.calls += calls(a, b);
    found.auc += auc(a, b);
    found.callsAlone += calls(...alone);
    found.aucAlone += auc(...alone);
  }
  const rate = (count: number) => count / simulations;
  assert.ok(rate(found.calls) <= 0.06 && rate(found.auc) <= 0.06, JSON.stringify(found));
  assert.ok(rate(found.callsAlone) > 0.06 && rate(found.aucAlone) > 0.06, JSON.stringify(found));
});
