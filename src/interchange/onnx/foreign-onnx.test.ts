// What a foreign .onnx file may not be: each refused by name.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasCode } from "../../../test/support/has-code.js";
import { golden } from "../../../test/support/paths.js";
import { cutAt } from "./cut-graph.js";
import { withExternalValues } from "./external-values.js";
import { readForeignOnnx, realNumbersIn } from "./foreign-onnx.js";
import { dataType, encodeModel, type GraphProto, type NodeProto } from "./onnx-messages.js";

const images = (sizes: readonly number[], elementType: number = dataType.float) => ({
  name: "x",
  type: { tensor_type: { elem_type: elementType, shape: { dim: sizes.map((size) => ({ dim_value: size })) } } },
});
const relu: NodeProto = { name: "first", op_type: "Relu", input: ["x"], output: ["y"], attribute: [] };

function foreign(parts: Partial<GraphProto> = {}, version = 17): Uint8Array {
  const graph = {
    name: "g",
    node: [relu],
    initializer: [],
    input: [images([0, 3, 32, 32])],
    output: [{ ...images([]), name: "y" }],
    ...parts,
  };
  return encodeModel({ ir_version: 8, producer_name: "t", opset_import: [{ domain: "", version }], graph });
}

const cut = (bytes: Uint8Array, wanted: string | null = null) =>
  cutAt(readForeignOnnx(bytes, "f.onnx"), wanted, "f.onnx");

test("a graph is cut at a value or a node, and what does not lead there is dropped", () => {
  const behind: NodeProto = { ...relu, name: "second", op_type: "Loop", input: ["y"], output: ["z"] };
  const bytes = foreign({ node: [relu, behind] });
  for (const wanted of ["y", "first", null]) {
    const { nodes, output, input, operatorSet } = cut(bytes, wanted);
    assert.deepEqual([nodes.map(({ name }) => name), output, input.name, operatorSet], [["first"], "y", "x", 17]);
  }
  assert.throws(() => cut(bytes, "z"), hasCode("MODEL_INVALID", '"Loop" of node "second"'));
});

test("what cannot be taken over is refused by name", () => {
  const refused = (bytes: Uint8Array, part: string) => assert.throws(() => cut(bytes), hasCode("MODEL_INVALID", part));
  refused(foreign({ node: [{ ...relu, op_type: "RandomNormalLike" }] }), "RandomNormalLike");
  refused(foreign({}, 8), "operator set 8");
  refused(foreign({ input: [images([1, 32, 32, 3])] }), "1 or 3 channels");
  refused(foreign({ input: [images([1, 3, 32, 48])] }), "square");
  refused(foreign({ input: [images([1, 3, 32, 32], dataType.int64)] }), "float32");
  refused(foreign({ input: [] }), "0 inputs");
  const second = { ...images([1, 3, 32, 32]), name: "w" };
  const both = { ...relu, op_type: "Add", input: ["x", "w"] };
  refused(foreign({ node: [both], input: [images([1, 3, 32, 32]), second] }), '"x", "w"');
  assert.throws(() => cut(foreign(), "yy"), hasCode("OPTION_INVALID", 'Did you mean "y"?'));
  const outputs = [images([]), { ...images([]), name: "y" }];
  assert.throws(() => cut(foreign({ output: outputs })), hasCode("OPTION_INVALID", 'Candidates: "x", "y"'));
  assert.throws(() => cut(new Uint8Array()), hasCode("MODEL_FILE_INVALID", "empty"));
  assert.throws(() => cut(foreign().subarray(0, 40)), hasCode("MODEL_FILE_INVALID", "cut short"));
});

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-external-"));
after(() => rmSync(folder, { recursive: true }));

test("values beside the file are taken in whole, and from its own folder only", async () => {
  const file = join(folder, "vit.onnx");
  const data = join(folder, "vit.onnx.data");
  const bytes = readFileSync(golden("backbones", "vit.onnx"));
  writeFileSync(file, bytes);
  copyFileSync(golden("backbones", "vit.onnx.data"), data);
  const opened = (changed: Uint8Array = bytes) =>
    withExternalValues(cutAt(readForeignOnnx(changed, file), null, file), file);
  const { constants } = await opened();
  assert.ok([...constants.values()].every(({ external }) => external === null));
  assert.ok([...constants.values()].reduce((sum, one) => sum + realNumbersIn(one), 0) > 30_000);
  /** Of the same length, so that the file stays sound. */
  const elsewhere = (place: string) =>
    Buffer.from(bytes.toString("latin1").replaceAll("vit.onnx.data", place), "latin1");
  for (const place of ["../onnx.dataa", "/etc/password", "a/../../b.bin", "C:\\onnx.dataa"]) {
    await assert.rejects(opened(elsewhere(place)), hasCode("MODEL_FILE_INVALID", "own folder"));
  }
  await assert.rejects(opened(elsewhere("vit.onnx.none")), hasCode("MODEL_FILE_INVALID", "vit.onnx.none"));
  symlinkSync(golden("backbones", "vit.onnx.data"), join(folder, "vit.onnx.link"));
  await assert.rejects(opened(elsewhere("vit.onnx.link")), hasCode("MODEL_FILE_INVALID", "own folder"));
  truncateSync(data, 1000);
  await assert.rejects(opened(), hasCode("MODEL_FILE_INVALID", "cut short"));
});
