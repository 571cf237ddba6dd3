import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { examineEngine, nameBlas } from "./engine-state.js";
import { type Facts, gatherFacts, judge } from "./examine.js";
import { parseGpus } from "./graphics.js";
import { featuresFromFlags } from "./processor.js";

const verdictOf = (facts: Facts, name: string) => judge(facts).find((finding) => finding.name === name);

test("after set-up this machine is ready: the engine loads and multiplies", async () => {
  const facts = await gatherFacts();
  assert.equal(facts.engine.state, "ready");
  assert.ok(facts.engine.state === "ready" && facts.engine.gflops > 0);
  assert.ok(facts.processor.threads >= 1);
  assert.ok(facts.memoryBytes >= facts.freeMemoryBytes && facts.freeMemoryBytes > 0);
  assert.deepEqual(
    judge(facts).filter((finding) => finding.verdict === "missing"),
    [],
  );
});

test("an addon that is not built is missing, with the fix", async () => {
  const empty = mkdtempSync(join(tmpdir(), "pneumoscope-"));
  try {
    const facts = { ...(await gatherFacts()), engine: await examineEngine(empty) };
    const finding = verdictOf(facts, "Engine");
    assert.equal(finding?.verdict, "missing");
    assert.equal(finding?.fix, "npx pneumoscope setup");
  } finally {
    rmSync(empty, { recursive: true });
  }
});

test("without ONNX Runtime trained models cannot be used, with the fix", async () => {
  const facts = await gatherFacts();
  assert.match(facts.onnxRuntime ?? "", /^\d+\.\d+\.\d+/);
  const finding = verdictOf({ ...facts, onnxRuntime: null }, "ONNX Runtime");
  assert.equal(finding?.verdict, "missing");
  assert.equal(finding?.neededFor, "using");
  assert.equal(finding?.fix, "npm install onnxruntime-node");
});

test("a slow BLAS, little memory and a GPU that libtorch cannot use are named", async () => {
  const facts = await gatherFacts();
  assert.ok(facts.engine.state === "ready");
  const engine = { ...facts.engine, gflops: 1.6, info: { ...facts.engine.info, cuda: false } };
  const gpus = [{ name: "NVIDIA H200", memoryMib: 143771, driver: "570.1" }];
  const poor: Facts = { ...facts, engine, gpus, freeMemoryBytes: 1e9 };
  assert.match(verdictOf(poor, "BLAS")?.fix ?? "", /libopenblas0-pthread/);
  assert.equal(verdictOf(poor, "Memory")?.verdict, "slow");
  assert.match(verdictOf(poor, "GPU")?.found ?? "", /NVIDIA H200, 140 GiB.*without CUDA/);
});

test("the BLAS is named from the loaded libraries first", () => {
  assert.equal(nameBlas("/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3", "BLAS_INFO=generic"), "OpenBLAS");
  assert.equal(nameBlas("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", "BLAS_INFO=generic"), "reference BLAS");
  assert.equal(nameBlas("", "BLAS_INFO=mkl, BUILD_TYPE=Release"), "Intel MKL");
  assert.equal(nameBlas("", ""), "unknown");
});

test("features are read from Linux's flags, GPUs from nvidia-smi's lines", () => {
  assert.deepEqual(featuresFromFlags("sse avx2 avx512f avx512_bf16 amx_tile amx_bf16"), [
    "AVX2",
    "AVX-512",
    "AVX512-BF16",
    "AMX-BF16",
  ]);
  assert.deepEqual(featuresFromFlags("fp asimd avx2000"), ["NEON"]);
  assert.deepEqual(parseGpus("NVIDIA H200, 143771, 570.1\n"), [
    { name: "NVIDIA H200", memoryMib: 143771, driver: "570.1" },
  ]);
  assert.deepEqual(parseGpus("No devices were found\n"), []);
});
