// What is measured of heat maps by commands and library: methods, insertion and deletion, agreement between runs.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { capturedTerminal } from "../../test/support/captured-terminal.js";
import { hasCode } from "../../test/support/has-code.js";
import { livelyWeights } from "../../test/support/lively-weights.js";
import { sampleContract } from "../../test/support/sample-contract.js";
import { runCommandLine } from "../cli/main.js";
import { Random } from "../core/random.js";
import { encodePng } from "../images/encode.js";
import { exportModel, formatHeatMapCurves, openClassifier } from "../index.js";
import { writeKerasModel } from "../interchange/keras-h5/write-keras-model.js";
import { findModel } from "../model/zoo/registry.js";
import { measureCurves } from "./measure-curves.js";

const cwd = mkdtempSync(join(tmpdir(), "pneumoscope-explanations-"));
const size = 48;

before(async () => {
  const graph = findModel("custom").build({ imageSize: size });
  for (const seed of [1, 2, 3]) {
    const contract = sampleContract({ imageSize: size });
    await writeKerasModel(join(cwd, `seed-${seed}.h5`), graph, livelyWeights(graph, seed), { json: { contract } });
  }
  const random = Random.of("explained images");
  for (let i = 0; i < 9; i++) {
    const data = Uint8Array.from({ length: size * size }, () => random.integer(256));
    writeFileSync(join(cwd, `image-${i}.png`), await encodePng({ width: size, height: size, data }));
  }
});

after(() => rmSync(cwd, { recursive: true }));

test("by command: HiResCAM, curves, and runs beside each other, in words and in explain.json", async () => {
  const terminal = capturedTerminal({ cwd });
  const args = [
    "explain",
    "image-*.png",
    "--model",
    "seed-1.h5",
    "--method",
    "hirescam",
    "--curves",
    "--out",
    "looked",
  ];
  assert.equal(await runCommandLine([...args, "--beside", "seed-2.h5", "seed-3.h5"], terminal), 0, terminal.errText());
  assert.match(terminal.errText(), /Randomisation check on 9 images, 3 draws: /);
  assert.match(terminal.errText(), /Insertion and deletion on 9 images.*Deletion.*area 0\.\d\d.*better by/);
  assert.match(terminal.errText(), /Agreement between runs of one recipe: .* over 3 pairs of runs, by chance /);
  const written = JSON.parse(readFileSync(join(cwd, "looked", "explain.json"), "utf8"));
  assert.equal(written.model.heatMapMethod, "hirescam");
  assert.equal(written.curves.insertion.scores.length, 17);
  assert.deepEqual(
    written.seeds.pairs.map(({ runs }: { readonly runs: readonly string[] }) => runs.join(" ")),
    ["seed-1.h5 seed-2.h5", "seed-1.h5 seed-3.h5", "seed-2.h5 seed-3.h5"],
  );
  assert.equal(written.randomisationCheck.allLayers.draws.length, 3);
});

test("a run beside itself agrees entirely; another network is no run of this recipe", async () => {
  const terminal = capturedTerminal({ cwd });
  const args = ["explain", "image-*.png", "--model", "seed-1.h5", "--no-check", "--json"];
  assert.equal(await runCommandLine([...args, "--out", "same", "--beside", "seed-1.h5"], terminal), 0);
  const { seeds } = JSON.parse(readFileSync(join(cwd, "same", "explain.json"), "utf8"));
  assert.equal(seeds.agreement, 1);
  assert.ok(seeds.chance.high < 0.9);
  const graph = findModel("custom").build({ imageSize: 32 });
  const contract = sampleContract();
  await writeKerasModel(join(cwd, "small.h5"), graph, livelyWeights(graph, 1), { json: { contract } });
  const other = capturedTerminal({ cwd });
  assert.equal(await runCommandLine([...args, "--out", "other", "--beside", "small.h5"], other), 1);
  assert.match(other.errText(), /custom at 48 pixels\. Received custom at 32/);
});

test("a .onnx file has the maps that it was exported with", async () => {
  await exportModel("seed-1.h5", { format: "onnx", out: "model.onnx", cwd });
  assert.ok(existsSync(join(cwd, "model.onnx")));
  const wish = openClassifier("model.onnx", { cwd, heatMapMethod: "hirescam" });
  await assert.rejects(wish, hasCode("NO_HEAT_MAP", "by Grad-CAM"));
});

test("a map that shows what a score rests on does better than the same map elsewhere, by hand", async () => {
  const side = 64;
  // The score is the contrast of stripes in the left upper quarter; all else is as grey as they are on average.
  const isHot = (place: number) => place % side < 32 && place < 32 * side;
  const run = async (images: Uint8Array) => {
    const n = images.length / side ** 2;
    const scores = Float32Array.from({ length: n }, (_, i) => {
      const pixels = images.subarray(i * side ** 2, (i + 1) * side ** 2);
      return pixels.reduce((sum, level, place) => sum + (isHot(place) ? Math.abs(level - 130) : 0), 0) / (1024 * 120);
    });
    return { scores, heatMaps: null };
  };
  const pixels = Uint8Array.from({ length: side ** 2 }, (_, place) => (isHot(place) ? 10 + 240 * (place % 2) : 130));
  const data = Float32Array.from({ length: 64 }, (_, cell) => (cell % 8 < 4 && cell < 32 ? 1 : 0));
  const contract = sampleContract({ imageSize: side });
  const mapped = { pixels, map: { width: 8, height: 8, data }, label: 1 as const };
  const curves = await measureCurves({ run, contract }, [mapped, mapped, { ...mapped, map: null }]);
  assert.ok(curves !== null);
  assert.deepEqual([curves.images, curves.withoutHeat], [2, 1]);
  // A quarter of the pixels are the score: it falls to nothing within about a quarter of the steps.
  const { deletion, insertion } = curves;
  assert.ok(Math.abs((deletion.scores[0] as number) - 1) < 1e-6);
  assert.ok((deletion.scores[6] as number) < 0.02, `${deletion.scores[6]}`);
  assert.ok((deletion.gain.value as number) > 0.05, `${deletion.gain.value}`);
  assert.ok((insertion.gain.value as number) > 0.05, `${insertion.gain.value}`);
  assert.match(formatHeatMapCurves(curves), /on 2 images \(1 without heat\)/);
  assert.equal(await measureCurves({ run, contract }, [{ ...mapped, map: null }]), null);
});
