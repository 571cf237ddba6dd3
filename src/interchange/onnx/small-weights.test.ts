// Smaller kernels against ONNX Runtime's own casts, and models that use them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { onnxOutputs } from "../../../test/support/onnx-outputs.js";
import { Random } from "../../core/random.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import { dataType } from "./onnx-messages.js";
import { quantized, toFloat16 } from "./small-weights.js";
import { encodeGraph, imagesInfo, layersToOnnx } from "./write-onnx-model.js";

const random = Random.of("small weights");

test("halves are those of ONNX Runtime's cast, from the smallest to the largest", async () => {
  const edges = [0, -0, 1, -1, 65504, 65519, 2 ** -14, 2 ** -24, 2 ** -25, 1.5 * 2 ** -25, 2049, 2051, 1 + 2 ** -11];
  const wide = Array.from({ length: 2000 }, () => random.uniform(-1, 1) * 2 ** random.uniform(-28, 15.9));
  const data = Float32Array.from([...edges, ...edges.map((value) => -value), ...wide]);
  const builder = new OnnxGraphBuilder();
  builder.node("Cast", ["x"], "half", { to: dataType.float16 });
  builder.node("Cast", ["half"], "y", { to: dataType.float });
  const info = (name: string) => [imagesInfo(name, dataType.float, [])];
  const byRuntime = await onnxOutputs(encodeGraph("cast", builder, info("x"), info("y")), {
    shape: [data.length],
    data,
  });
  const ours = [...toFloat16(data)].map(halfValue);
  assert.deepEqual(ours, [...byRuntime.data]);
});

test("what has no half becomes the nearest that there is", () => {
  const values = [...toFloat16(Float32Array.of(1e6, -1e6, Number.NaN))].map(halfValue);
  assert.deepEqual(values, [65504, -65504, Number.NaN]);
});

/** A half's value by its definition. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

test("whole numbers lie within half a step of each channel's own scale", () => {
  const data = Float32Array.from({ length: 4 * 3 * 2 }, (_, i) => random.uniform(-1, 1) * 10 ** ((i % 3) - 1));
  for (const [shape, axis] of [
    [[3, 4, 2], 0],
    [[8, 3], 1],
  ] as const) {
    const { values, scale } = quantized({ shape, data }, axis);
    assert.deepEqual(
      scale.shape,
      shape.map((size, i) => (i === axis ? size : 1)),
    );
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const channels = shape[axis] as number;
    for (const [i, value] of values.entries()) {
      const step = scale.data[Math.floor(i / inner) % channels] as number;
      assert.ok(Math.abs(value * step - (data[i] as number)) <= step * 0.50001);
    }
  }
  const { values } = quantized({ shape: [1, 2], data: new Float32Array(2) }, 1);
  assert.deepEqual([...values], [0, 0]);
});

test("a model with smaller kernels is smaller and computes nearly the same", async () => {
  const graph = customCnn({ imageSize: 32 });
  const weights = livelyWeights(graph, 1);
  const images = { shape: [2, 3, 32, 32], data: Float32Array.from({ length: 6144 }, () => random.uniform(0, 1)) };
  const run = async (precision: "float32" | "float16" | "int8") => {
    const builder = new OnnxGraphBuilder(precision);
    layersToOnnx(graph, weights, builder);
    const [input] = graph.nodes;
    const bytes = encodeGraph(
      "m",
      builder,
      [imagesInfo(input?.name ?? "", dataType.float, [3, 32, 32])],
      [imagesInfo(graph.output, dataType.float, [1])],
    );
    return { bytes: bytes.length, scores: (await onnxOutputs(bytes, images)).data };
  };
  const full = await run("float32");
  for (const [precision, share, tolerance] of [
    ["float16", 0.52, 1e-3],
    ["int8", 0.28, 1e-2],
  ] as const) {
    const { bytes, scores } = await run(precision);
    assert.ok(bytes < share * full.bytes, `${precision}: ${bytes} of ${full.bytes}`);
    const difference = Math.max(...scores.map((score, i) => Math.abs(score - (full.scores[i] as number))));
    assert.ok(difference > 0 && difference < tolerance, `${precision}: ${difference}`);
  }
});
