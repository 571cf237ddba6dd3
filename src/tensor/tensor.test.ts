import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../core/errors.js";
import { inArena } from "./arena.js";
import { bind, one } from "./bind.js";
import { bfloat16Autocast, engineInfo, kernelLimits, liveTensors, moveTo, noGrad, seedEngine } from "./engine.js";
import { native } from "./native.js";
import * as ops from "./operators.js";
import { gatherRows, gradients, Tensor } from "./tensor.js";

const floats = (values: number[], shape = [values.length]) => Tensor.fromArray(Float32Array.from(values), shape);

test("operators take their arguments, and options for what has a default", () => {
  assert.deepEqual([...ops.addTensor(floats([1, 2]), floats([10, 20])).toFloat32()], [11, 22]);
  assert.deepEqual([...ops.addTensor(floats([1, 2]), floats([10, 20]), { alpha: 0.5 }).toFloat32()], [6, 12]);
  assert.deepEqual([...ops.cat([floats([1]), floats([2, 3])]).toFloat32()], [1, 2, 3]);
  assert.equal(ops.zeros([2, 3], { dtype: "bfloat16" }).dtype, "bfloat16");
  const [values, indices] = ops.maxDim(floats([3, 7, 5], [1, 3]), 1);
  assert.equal(values.item(), 7);
  assert.equal(indices.dtype, "int64");
});

test("in-place operators change the tensor and return it", () => {
  const tensor = floats([1, 2]);
  const before = liveTensors();
  assert.equal(ops.mulScalarInPlace(tensor, 3), tensor);
  assert.deepEqual([...tensor.toFloat32()], [3, 6]);
  assert.equal(liveTensors(), before);
});

test("typed arrays go in and come out, whatever the memory layout", () => {
  const tensor = floats([1, 2, 3, 4, 5, 6], [2, 3]);
  assert.deepEqual([...ops.t(tensor).toFloat32()], [1, 4, 2, 5, 3, 6]);
  const bytes = Tensor.fromArray(Uint8Array.from([250, 5]), [2]);
  assert.equal(bytes.dtype, "uint8");
  assert.equal(moveTo(bytes, "cpu"), bytes);
  assert.deepEqual([...bytes.toFloat32()], [250, 5]);
  assert.deepEqual(
    [...gatherRows(Uint8Array.from([1, 2, 3, 4, 5, 6]), 2, Int32Array.from([2, 0])).toUint8()],
    [5, 6, 1, 2],
  );
});

test("gradients follow the chain rule; noGrad records nothing", () => {
  const x = floats([2, 3]).requireGrad();
  const y = ops.sum(ops.powTensorScalar(x, 3));
  assert.deepEqual([...(gradients(y, [x])[0] as Tensor).toFloat32()], [12, 27]);
  const detached = noGrad(() => ops.sum(x));
  assert.throws(() => gradients(detached, [x]), /gradients/);
  const unused = floats([1]).requireGrad();
  assert.throws(() => gradients(ops.sum(x), [unused]), /input 0 does not take part/);
  const output = ops.sum(x);
  const before = native().liveTensors();
  assert.throws(() => gradients(output, [x, unused]), /input 1 does not take part/);
  assert.equal(native().liveTensors(), before, "the gradient of x, which nobody gets, is given back");
});

const refused = (action: () => unknown, message: RegExp) =>
  assert.throws(
    action,
    (error) => error instanceof AppError && error.code === "ENGINE_OPERATOR" && message.test(error.message),
  );

test("libtorch's errors are AppErrors that name the operator and the argument", () => {
  const softmax = bind("aten::softmax.int", ["self", "dim"]);
  const relu = bind("aten::relu", ["self"]);
  refused(() => bind("aten::no_such_operator", [])(), /aten::no_such_operator/);
  refused(() => ops.mm(floats([1]), floats([1])), /aten::mm: .*matri/i);
  refused(() => softmax(floats([1]), "x"), /argument "dim"/);
  refused(() => ops.softmaxInt(floats([1]), 0.5), /whole number. Received 0.5/);
  refused(() => relu(), /argument "self" is missing/);
  refused(() => relu(null), /argument "self": expected a tensor/);
  refused(() => relu(floats([1]), 1, 2), /at most 1 arguments. Received 3/);
  refused(() => Tensor.fromArray(new Float32Array(3), [2]), /does not hold 3 values/);
  const gone = floats([1]);
  gone.dispose();
  gone.dispose();
  refused(() => ops.relu(gone), /disposed/);
  refused(() => gone.shape, /^shape: .*disposed/);
  refused(() => gatherRows(new Uint8Array(4), 2, Int32Array.from([2])), /outside 0..1/);
});

test("an argument is found by its name, wherever this libtorch's schema has it", () => {
  const [a, b] = [floats([10, 20]), floats([1, 2])];
  const subtract = bind("aten::sub.Tensor", ["alpha", "other", "addedLater", "self"]);
  assert.deepEqual([...one(subtract(2, b, undefined, a)).toFloat32()], [8, 16]);
  refused(() => subtract(2, b, true, a), /"addedLater" is unknown to this libtorch, whose schema is aten::sub.Tensor/);
});

test("JavaScript's own exceptions pass through the addon", () => {
  const shape = Object.defineProperty([1], 0, {
    get: () => {
      throw new RangeError("thrown on the way");
    },
  });
  refused(() => Tensor.fromArray(new Float32Array(1), shape), /thrown on the way/);
});

test("an arena frees what it made, keeps its result, and cleans up after an error", () => {
  const before = liveTensors();
  const kept = inArena(() => {
    const a = floats([1]);
    const inner = inArena(() => ({
      sums: [ops.addTensor(a, a)],
      map: new Map([["relu", ops.relu(a)]]),
    }));
    return [ops.addTensor(inner.sums[0] as Tensor, inner.map.get("relu") as Tensor)];
  });
  assert.equal(liveTensors(), before + 1);
  assert.equal(kept[0]?.item(), 3);
  assert.throws(() => inArena(() => ops.mm(floats([1]), floats([1]))));
  assert.equal(liveTensors(), before + 1);
});

test("autocast computes in bfloat16, nests, and ends with its action", () => {
  const a = floats([1, 2, 3, 4], [2, 2]);
  const product = () => ops.mm(a, a).dtype;
  const nested = bfloat16Autocast("cpu", () => [product(), bfloat16Autocast("cpu", product), product()]);
  assert.deepEqual(nested, ["bfloat16", "bfloat16", "bfloat16"]);
  assert.equal(product(), "float32");
  assert.throws(() => bfloat16Autocast("cpu", () => ops.mm(a, floats([1]))));
  assert.equal(product(), "float32");
});

test("the same seed draws the same numbers", () => {
  const draw = () => {
    seedEngine(5);
    return [...ops.rand([4]).toFloat32()];
  };
  assert.deepEqual(draw(), draw());
});

test("the engine says what it is", () => {
  const info = engineInfo();
  assert.match(info.version, /^\d+\.\d+/);
  assert.ok(info.threads >= 1);
});

test("the addon's limits are those that its operators keep", () => {
  const { conv3x3Block, depthwiseTaps, normActivations } = kernelLimits();
  const image = ops.zeros([1, 3, 8, 8]);
  assert.deepEqual(ops.conv3x3(image, ops.zeros([conv3x3Block, 3, 3, 3])).shape, [1, conv3x3Block, 8, 8]);
  const depthwise = (taps: number) => ops.depthwise(image, ops.zeros([3, 1, 1, taps]), [1, 1], [0, 0, 30, 30]);
  assert.equal(depthwise(depthwiseTaps).shape[1], 3);
  assert.throws(() => depthwise(depthwiseTaps + 1), /may have 49 weights/);
  const channel = ops.ones([3]);
  for (const name of normActivations) assert.equal(ops.normActivation(image, channel, channel, 1e-3, name).length, 3);
});
