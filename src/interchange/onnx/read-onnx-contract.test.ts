// What a .onnx file says of itself, and each way in which a file can be another: one clear refusal.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hasCode } from "../../../test/support/has-code.js";
import { livelyWeights } from "../../../test/support/lively-weights.js";
import { sampleContract } from "../../../test/support/sample-contract.js";
import { AppError } from "../../core/errors.js";
import { weightPrecisions } from "../../model/model-contract.js";
import { customCnn } from "../../model/zoo/custom-cnn.js";
import { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import { type AttributeProto, dataType, encodeModel, type ModelProto } from "./onnx-messages.js";
import { readOnnxContract } from "./read-onnx-contract.js";
import { onnxMetadataKey, writeInferenceModel } from "./write-inference-model.js";
import { imagesInfo, writeOnnxModel } from "./write-onnx-model.js";

const graph = customCnn({ imageSize: 32 });
const weights = livelyWeights(graph, 1);
const contract = sampleContract({
  title: "Größe 32",
  operation: [
    {
      split: "test",
      threshold: 0.25,
      images: 5,
      sensitivity: { value: 1, low: 0.4, high: 1, n: 3 },
      specificity: { value: null, low: null, high: null, n: 0 },
      auc: { value: null, low: null, high: null, n: 5 },
    },
  ],
});
const file = writeInferenceModel(graph, weights, contract);

/** The smallest file that is one of ours, with parts replaced. */
function small(own: Partial<ModelProto> & { graphParts?: Partial<ModelProto["graph"]> } = {}): Uint8Array {
  const { graphParts, ...parts } = own;
  const builder = new OnnxGraphBuilder();
  builder.node("Identity", ["x"], "probability");
  return encodeModel({
    ir_version: 8,
    producer_name: "test",
    opset_import: [{ domain: "", version: 18 }],
    graph: {
      name: "small",
      node: builder.nodes,
      initializer: [],
      input: [imagesInfo("image", dataType.uint8, [1, 32, 32])],
      output: [imagesInfo("probability", dataType.float, [1])],
      ...graphParts,
    },
    metadata_props: [{ key: onnxMetadataKey, value: JSON.stringify(sampleContract()) }],
    ...parts,
  });
}

const metadata = (value: unknown) => ({
  metadata_props: [{ key: onnxMetadataKey, value: typeof value === "string" ? value : JSON.stringify(value) }],
});
const node = { name: "n", input: [], output: [], attribute: [] };

/** A field of any number with a length, as protobuf writes it. */
const lengthField = (field: number, content: Uint8Array): Uint8Array =>
  Uint8Array.of(...varint((field << 3) | 2), ...varint(content.length), ...content);
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const text = (value: string) => new TextEncoder().encode(value);
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

test("the contract comes back, whatever the precision of the weights", () => {
  const read = (bytes: Uint8Array) => readOnnxContract(bytes, "m.onnx");
  assert.deepEqual(read(file), { contract, heatMap: { height: 2, width: 2 }, madeFrom: null });
  const madeFrom = "0123456789abcdef".repeat(4);
  const scoresAlone = writeInferenceModel(graph, weights, contract, { heatMaps: null, madeFrom });
  assert.deepEqual(read(scoresAlone), { contract, heatMap: null, madeFrom });
  for (const precision of weightPrecisions) {
    const bytes = writeInferenceModel(graph, weights, { ...contract, precision });
    assert.equal(readOnnxContract(bytes, "m.onnx").contract.precision, precision);
  }
  const withMap = small({
    graphParts: {
      output: [imagesInfo("probability", dataType.float, [1]), imagesInfo("heatmap", dataType.float, [2, 7, 6])],
    },
  });
  assert.deepEqual(readOnnxContract(withMap, "m.onnx").heatMap, { height: 7, width: 6 });
});

const external = lengthField(13, joined(lengthField(1, text("location")), lengthField(2, text("../../etc/passwd"))));
const graphWith = (...fields: Uint8Array[]) => joined(small(), lengthField(7, joined(...fields)));

const refusals: Readonly<Record<string, readonly [bytes: Uint8Array, says: RegExp]>> = {
  "an empty file": [new Uint8Array(), /should be an ONNX file\. Received an empty file/],
  "a text": [text("this is a letter, not a model"), /another kind of file, cut short or damaged/],
  "an HDF5 file": [Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0), /another kind of file/],
  "a file cut short": [file.subarray(0, file.length - 1000), /cut short/],
  "a file without metadata": [writeOnnxModel(graph, weights), /without metadata "pneumoscope"/],
  "metadata that is no JSON": [small(metadata("{")), /should be JSON/],
  "metadata of another kind": [small(metadata([1])), /lacks a part of it/],
  "metadata that lacks a field": [small(metadata({ ...contract, intendedUse: undefined })), /lacks a part of it/],
  "a schema to come": [small(metadata({ ...contract, schemaVersion: 2 })), /schema version 1\. Received 2/],
  "metadata twice": [
    small({ metadata_props: [...metadata(contract).metadata_props, ...metadata(contract).metadata_props] }),
    /metadata "pneumoscope" twice/,
  ],
  "endless metadata": [small(metadata("x".repeat(2 ** 20 + 1))), /1048577 bytes of metadata/],
  "another image size": [
    small(metadata({ ...contract, imageSize: 64 })),
    /\[n, 1, 64, 64\].*Received.*\[n, 1, 32, 32\]/,
  ],
  "a float image": [
    small({ graphParts: { input: [imagesInfo("image", dataType.float, [1, 32, 32])] } }),
    /Received inputs image: type 1/,
  ],
  "two inputs": [
    small({ graphParts: { input: ["image", "b"].map((n) => imagesInfo(n, dataType.uint8, [1, 32, 32])) } }),
    /Received inputs image: type 2 .*; b/,
  ],
  "another output": [
    small({ graphParts: { output: [imagesInfo("logits", dataType.float, [1000])] } }),
    /outputs logits: type 1 \[n, 1000\]/,
  ],
  "heat maps of any size": [
    small({
      graphParts: {
        output: [imagesInfo("probability", dataType.float, [1]), imagesInfo("heatmap", dataType.float, [2, 0, 6])],
      },
    }),
    /at most "heatmap" \[n, 2, h, w\]\. Received .*heatmap: type 1 \[n, 2, 0, 6\]/,
  ],
  "a loop": [graphWith(lengthField(1, lengthField(4, text("Loop")))), /the operator "Loop"/],
  "a node of another domain": [graphWith(lengthField(1, lengthField(7, text("com.evil")))), /the domain "com\.evil"/],
  "an operator set of another domain": [
    small({ opset_import: [{ domain: "com.evil", version: 1 }] }),
    /the domain "com\.evil"/,
  ],
  "weights elsewhere, of a tensor in a node": [
    graphWith(lengthField(1, lengthField(5, lengthField(5, external)))),
    /weights in another file/,
  ],
  "a large tensor in a node": [
    graphWith(lengthField(1, lengthField(5, lengthField(5, lengthField(9, new Uint8Array(300)))))),
    /a large tensor inside a node/,
  ],
  "a graph in a node": [graphWith(lengthField(1, lengthField(5, lengthField(6, text(""))))), /inside a node/],
  "weights elsewhere": [graphWith(lengthField(5, external)), /weights in another file/],
  "weights elsewhere, by their location alone": [graphWith(lengthField(5, Uint8Array.of(14 << 3, 1))), /another file/],
  "sparse weights": [graphWith(lengthField(15, text(""))), /sparse constants/],
  functions: [joined(small(), lengthField(25, text(""))), /functions of its own/],
  "two graphs": [graphWith(), /one graph\. Received 2/],
  "a node in its thousands": [
    small({ graphParts: { node: new Array(20_001).fill({ ...node, op_type: "Relu" }) } }),
    /more than 20000 nodes/,
  ],
};

for (const [what, [bytes, says]] of Object.entries(refusals)) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => readOnnxContract(bytes, "m.onnx"),
      (thrown) => {
        hasCode("MODEL_FILE_INVALID", "m.onnx: ")(thrown);
        assert.match((thrown as AppError).message, says);
        return true;
      },
    );
  });
}

test("a field of another wire type hides nothing", () => {
  // To every parser the number in field 7 is unknown; what follows are the model's own fields.
  const evil = lengthField(7, lengthField(5, external));
  const hidden = joined(small(), Uint8Array.of(7 << 3, evil.length), evil);
  assert.throws(() => readOnnxContract(hidden, "m.onnx"), hasCode("MODEL_FILE_INVALID", "weights in another file"));
});

test("attributes that we write are read over", () => {
  const attribute: AttributeProto[] = [{ name: "axis", type: 2, i: -1 }];
  const bytes = small({ graphParts: { node: [{ ...node, op_type: "Relu", attribute }] } });
  assert.equal(readOnnxContract(bytes, "m.onnx").contract.imageSize, 32);
});

test("mutated files are read or refused, never anything else", () => {
  const source = small();
  const mutation = fc.record({ at: fc.nat(source.length - 1), byte: fc.nat(255) });
  const cut = fc.nat(source.length);
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), cut, fc.boolean(), (changes, end, isCut) => {
      const bytes = source.slice(0, isCut ? end : source.length);
      for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
      try {
        readOnnxContract(bytes, "m.onnx");
      } catch (thrown) {
        assert.ok(thrown instanceof AppError, String(thrown));
      }
    }),
    { numRuns: 3000 },
  );
});
