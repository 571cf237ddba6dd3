// The Node.js example of docs/onnx.md, run as it is written, gives the score that `predict` gives. (The Python one needs
// packages that tests do not ask for.)
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Random } from "../src/core/random.js";
import { encodePng } from "../src/images/encode.js";
import { resize } from "../src/images/resize.js";
import { openModel } from "../src/inference/open-model.js";
import { writeInferenceModel } from "../src/interchange/onnx/write-inference-model.js";
import { customCnn } from "../src/model/zoo/custom-cnn.js";
import { livelyWeights } from "./support/lively-weights.js";
import { projectRoot } from "./support/paths.js";
import { sampleContract } from "./support/sample-contract.js";

/** The example resizes in floating point, the product as OpenCV in fixed point: a grey level here and there. */
const tolerance = 0.005;

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-docs-onnx-"));
after(() => rmSync(folder, { recursive: true }));

test("docs/onnx.md: the Node.js example scores as the product does", async () => {
  const [, code] = /```js\n(.*?)```/s.exec(readFileSync(join(projectRoot, "docs", "onnx.md"), "utf8")) ?? [];
  writeFileSync(join(folder, "example.mjs"), code ?? assert.fail("no example"));
  symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
  const graph = customCnn({ imageSize: 224 });
  const file = join(folder, "model.onnx");
  writeFileSync(file, writeInferenceModel(graph, livelyWeights(graph, 1), sampleContract({ imageSize: 224 })));
  const random = Random.of("docs-onnx");
  const coarse = Uint8Array.from({ length: 40 * 50 }, () => Math.floor(random.uniform(0, 256)));
  const image = resize({ width: 40, height: 50, data: coarse }, 333, 410, "linear");
  writeFileSync(join(folder, "image.png"), await encodePng(image));

  const run = spawnSync(process.execPath, ["example.mjs", "image.png"], { cwd: folder, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const reader = await openModel(file, { threads: 1 });
  const [expected = Number.NaN] = (await reader.run(resize(image, 224, 224, "linear").data)).scores;
  await reader.dispose();
  assert.ok(Math.abs(Number(run.stdout.split(" ")[0]) - expected) < tolerance, `${run.stdout} and ${expected}`);
});
