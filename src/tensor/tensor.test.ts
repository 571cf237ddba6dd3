import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../core/errors.js";
import { bfloat16Autocast, engineInfo, liveTensors, noGrad, seedEngine } from "./engine.js";
import { scope } from "./scope.js";
import { dtypeNumber, gatherRows, gradients, op, opMany, run, Tensor } from "./tensor.js";

const floats = (values: number[], shape = [values.length]) => Tensor.fromArray(Float32Array.from(values), shape);

test("operators are called by schema name with positional values and defaults", () => {
  const sum = op("aten::add.Tensor", floats([1, 2]), floats([10, 20]));
  assert.deepEqual([...sum.toFloat32()], [11, 22]);
  assert.deepEqual([...op("aten::add.Tensor", floats([1, 2]), floats([10, 20]), 0.5).toFloat32()], [6, 12]);
  assert.deepEqual([...op("aten::cat", [floats([1]), floats([2, 3])], 0).toFloat32()], [1, 2, 3]);
  assert.equal(op("aten::zeros", [2, 3], dtypeNumber("bfloat16")).dtype, "bfloat16");
  const [values, indices] = opMany("aten::max.dim", floats([3, 7, 5], [1, 3]), 1);
  assert.equal(values?.item(), 7);
  assert.equal(indices?.dtype, "int64");
});

test("in-place operators change the tensor", () => {
  const tensor = floats([1, 2]);
  run("aten::mul_.Scalar", tensor, 3);
  assert.deepEqual([...tensor.toFloat32()], [3, 6]);
});

test("typed arrays go in and come out, whatever the memory layout", () => {
  const tensor = floats([1, 2, 3, 4, 5, 6], [2, 3]);
  assert.deepEqual([...op("aten::t", tensor).toFloat32()], [1, 4, 2, 5, 3, 6]);
  const bytes = Tensor.fromArray(Uint8Array.from([250, 5]), [2]);
  assert.equal(bytes.dtype, "uint8");
  assert.equal(bytes.toDevice("cpu"), bytes);
  assert.deepEqual([...bytes.toFloat32()], [250, 5]);
  assert.deepEqual(
    [...gatherRows(Uint8Array.from([1, 2, 3, 4, 5, 6]), 2, Int32Array.from([2, 0])).toUint8()],
    [5, 6, 1, 2],
  );
});

test("gradients follow the chain rule; noGrad records nothing", () => {
  const x = floats([2, 3]).requireGrad();
  const y = op("aten::sum", op("aten::pow.Tensor_Scalar", x, 3));
  assert.deepEqual([...(gradients(y, [x])[0] as Tensor).toFloat32()], [12, 27]);
  const detached = noGrad(() => op("aten::sum", x));
  assert.throws(() => gradients(detached, [x]), /gradients/);
  const unused = floats([1]).requireGrad();
  assert.throws(() => gradients(op("aten::sum", x), [unused]), /input 0 does not take part/);
});

test("libtorch's errors are AppErrors that name the operator and the argument", () => {
  const refused = (action: () => unknown, message: RegExp) =>
    assert.throws(
      action,
      (error) => error instanceof AppError && error.code === "ENGINE_OPERATOR" && message.test(error.message),
    );
  refused(() => op("aten::no_such_operator"), /aten::no_such_operator/);
  refused(() => op("aten::mm", floats([1]), floats([1])), /aten::mm: .*matri/i);
  refused(() => op("aten::softmax.int", floats([1]), "x"), /argument "dim"/);
  refused(() => op("aten::softmax.int", floats([1]), 0.5), /whole number. Received 0.5/);
  refused(() => op("aten::relu"), /argument "self" is missing/);
  refused(() => op("aten::relu", floats([1]), 1, 2), /at most 1 arguments. Received 3/);
  refused(() => Tensor.fromArray(new Float32Array(3), [2]), /does not hold 3 values/);
  const gone = floats([1]);
  gone.dispose();
  gone.dispose();
  refused(() => op("aten::relu", gone), /disposed/);
  refused(() => gone.shape, /^shape: .*disposed/);
  refused(() => gatherRows(new Uint8Array(4), 2, Int32Array.from([2])), /outside 0..1/);
});

test("a scope frees what it made, keeps its result, and cleans up after an error", () => {
  const before = liveTensors();
  const kept = scope(() => {
    const a = floats([1]);
    const inner = scope(() => ({
      sums: [op("aten::add.Tensor", a, a)],
      map: new Map([["relu", op("aten::relu", a)]]),
    }));
    return [op("aten::add.Tensor", inner.sums[0] as Tensor, inner.map.get("relu") as Tensor)];
  });
  assert.equal(liveTensors(), before + 1);
  assert.equal(kept[0]?.item(), 3);
  assert.throws(() => scope(() => op("aten::mm", floats([1]), floats([1]))));
  assert.equal(liveTensors(), before + 1);
});

test("autocast computes in bfloat16 and ends with its action", () => {
  const a = floats([1, 2, 3, 4], [2, 2]);
  assert.equal(bfloat16Autocast("cpu", () => op("aten::mm", a, a)).dtype, "bfloat16");
  assert.equal(op("aten::mm", a, a).dtype, "float32");
});

test("the same seed draws the same numbers", () => {
  const draw = () => {
    seedEngine(5);
    return [...op("aten::rand", [4]).toFloat32()];
  };
  assert.deepEqual(draw(), draw());
});

test("the engine says what it is", () => {
  const info = engineInfo();
  assert.match(info.version, /^\d+\.\d+/);
  assert.ok(info.threads >= 1);
});
