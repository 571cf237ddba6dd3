// `pneumoscope export`: whatever goes in and out, the weights and the reading contract stay the same.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import { golden } from "../../../test/support/paths.js";
import { writeKerasModel } from "../../interchange/keras-h5/write-keras-model.js";
import { readModelFile } from "../../interchange/read-model-file.js";
import { initialWeights } from "../../model/initial-weights.js";
import type { ReadingContract } from "../../model/reading-contract.js";
import { randomWeights } from "../../model/weights-origin.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { unitScaling } from "../../model/zoo/zoo-entry.js";
import { runCommandLine } from "../main.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-export-"));
after(() => rmSync(folder, { recursive: true }));

const contract: ReadingContract = {
  version: 1,
  model: "custom",
  title: "Custom CNN",
  protocol: "sound",
  weights: randomWeights,
  imageSize: 32,
  interpolation: "linear",
  scaling: unitScaling,
  classes: ["NORMAL", "PNEUMONIA"],
  threshold: { value: 0.25, policy: "youden", chosenOn: "validation" },
  trainedOn: { dataset: "phantoms", images: 10, sha256: "" },
};

async function run(...args: readonly string[]) {
  const terminal = capturedTerminal({ cwd: folder });
  const code = await runCommandLine(["export", ...args], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

test("a run goes to TensorFlow.js, from there to Keras, and is the same model with the same contract", async () => {
  const graph = customCnn({ imageSize: 32 });
  const weights = initialWeights(graph, 4);
  mkdirSync(join(folder, "run", "weights"), { recursive: true });
  const moments = new Map([["adam/first/x", { shape: [1], data: Float32Array.of(1) }]]);
  const best = join(folder, "run", "weights", "best.h5");
  await writeKerasModel(best, graph, weights, { json: { contract, adamStep: 1 }, tensors: moments });
  const { code, out } = await run("run", "--format", "tfjs", "--out", "web");
  assert.equal(code, 0);
  assert.match(out, /web: 193,857 parameters from .*best\.h5/);
  assert.match(
    out,
    /pixels scaled: 0 to 1\. Its score is P\(PNEUMONIA\); threshold 0\.25 \(youden\)\. Research use only\./,
  );
  assert.equal((await run("web", "--format", "keras", "--out", "model.h5")).code, 0);
  for (const place of ["web", "web/model.json", "model.h5"]) {
    const model = await readModelFile(join(folder, place));
    assert.deepEqual(model.weights, weights, place);
    assert.deepEqual(model.graph.nodes, graph.nodes, place);
    assert.deepEqual(model.contract, contract, place);
  }
});

test("a file by Keras goes out with a word on what it does not say", async () => {
  const { code, out } = await run(golden("keras", "frozen-keras3.h5"), "--format", "tfjs", "--out", "by-keras");
  assert.equal(code, 0);
  assert.match(out, /does not say how its pixels are scaled/);
});

test("nothing is overwritten, and what cannot be exported is said", async () => {
  const model = golden("keras", "frozen-keras3.h5");
  assert.equal((await run(model, "--format", "keras", "--out", "taken.h5")).code, 0);
  const refusals: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
    [[model, "--format", "keras", "--out", "taken.h5"], 1, /OPTION_INVALID.*a file that exists/],
    [[model, "--format", "keras", "--out", "model.keras"], 1, /OPTION_INVALID.*the ending "\.keras"/],
    [[model, "--format", "tfjs", "--out", "."], 1, /RUN_FOLDER_TAKEN/],
    [[model, "--format", "onx", "--out", "x"], 2, /Should be one of keras, tfjs/],
    [["absent.h5", "--format", "tfjs", "--out", "x"], 1, /FILE_MISSING/],
    [[folder, "--format", "tfjs", "--out", "x"], 1, /FILE_MISSING.*model\.json/],
  ];
  for (const [args, code, says] of refusals) {
    const result = await run(...args);
    assert.equal(result.code, code, args.join(" "));
    assert.match(result.err, says);
  }
});
