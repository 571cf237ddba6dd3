import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { capturedTerminal } from "../../../test/support/captured-terminal.js";
import type { Finding, ModelWeights } from "../../index.js";
import { runCommandLine } from "../main.js";
import { useLines } from "./doctor.js";

const ok = (name: string): Finding => ({ name, verdict: "ok", found: "there" });
const noEngine: Finding = { name: "Engine", verdict: "missing", found: "", fix: "set it up", neededFor: "training" };
const noRuntime: Finding = { name: "ONNX Runtime", verdict: "missing", found: "", fix: "", neededFor: "using" };
const custom: ModelWeights = { model: "custom", pretrained: null, cached: null };
const absent: ModelWeights = { model: "mobilenet", pretrained: null, cached: { state: "absent", file: "" } };

test("what can be done is told apart: using, training, and which models lack weights", () => {
  const [using, training, weights] = useLines([ok("Engine")], [custom, absent]);
  assert.equal(using, "Using a trained model (predict, explain, evaluate, export, serve): ready.");
  assert.equal(training, "Training: ready for custom.");
  assert.equal(weights, "Published weights are not here for: mobilenet.");
  assert.equal(useLines([ok("Engine")], [custom]).length, 2);
});

test("a missing engine keeps from training only, a missing runtime from using", () => {
  assert.deepEqual(useLines([noEngine], [custom]), [
    "Using a trained model (predict, explain, evaluate, export, serve): ready.",
    "Training: not before this is there: Engine.",
  ]);
  assert.match(useLines([noRuntime], [custom])[0] ?? "", /: not before this is there: ONNX Runtime\.$/);
});

test("on a machine without weights doctor says so and names the command", async () => {
  const cache = mkdtempSync(`${tmpdir()}/pneumoscope-doctor-`);
  try {
    const terminal = capturedTerminal({ cwd: cache, env: { PNEUMOSCOPE_CACHE: cache } });
    await runCommandLine(["doctor"], terminal);
    assert.match(terminal.outText(), /^ok {7}ONNX Runtime \d/m);
    assert.match(terminal.outText(), /not here for: .*mobilenet.*\n.*pneumoscope weights fetch <model>/);
  } finally {
    rmSync(cache, { recursive: true });
  }
});
