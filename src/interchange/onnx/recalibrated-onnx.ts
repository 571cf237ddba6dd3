// A .onnx file of ours with a line through the logit of its score, and the contract that says so: nodes behind those that
// gave the score, whatever they are. All else keeps its bytes, heat maps too: a line moves no place of them.
import protobuf from "protobufjs/light.js";
import type { ModelContract } from "../../model/model-contract.js";
import type { Recalibration } from "../../model/recalibration.js";
import { OnnxGraphBuilder } from "./onnx-graph-builder.js";
import { encodeGraphFields, fieldStart, joined, textField } from "./onnx-messages.js";
import { walk } from "./protobuf-fields.js";
import { inferenceNames, onnxMetadataKey } from "./write-inference-model.js";

const { probability } = inferenceNames;
/** What gave the score gives this now. */
const original = `${probability}::original`;
/** Scores are kept this far from 0 and 1, as `logit` of `evaluation` keeps those that the line is fitted to. */
const margin = 1e-7;

/**
 * The bytes of a file without a checksum.
 * @param bytes of a whole file that `readOnnxContract` takes
 */
export function recalibratedOnnx(
  bytes: Uint8Array,
  { intercept, slope }: Pick<Recalibration, "intercept" | "slope">,
  contract: ModelContract,
): Uint8Array {
  const isMoved = intercept !== 0 || slope !== 1;
  const kept = changed(protobuf.Reader.create(bytes), bytes.length, (field, reader) => {
    if (field === 7 && isMoved) return changedInside(field, reader, inGraph, [line(intercept, slope)]);
    // The contract, and what speaks of the file as it was: its checksum, and what it was made from.
    return field === 14 && metadataKey(reader).startsWith(onnxMetadataKey) ? [] : undefined;
  });
  const entry = joined([textField(1, onnxMetadataKey), textField(2, JSON.stringify(contract))]);
  return joined([...kept, fieldStart(14, entry.length), entry]);
}

/** Nodes that give `probability`: sigmoid(intercept + slope * logit(original)). */
function line(intercept: number, slope: number): Uint8Array {
  const builder = new OnnxGraphBuilder();
  const name = (step: string) => `${probability}::${step}`;
  const constant = (step: string, value: number) =>
    builder.constant(name(step), { shape: [1], data: Float32Array.of(value) });
  const least = constant("margin", margin);
  const logOf = (value: string, step: string) =>
    builder.node("Log", [builder.node("Max", [value, least], name(`${step}_kept`))], name(`${step}_log`));
  const other = builder.node("Sub", [constant("one", 1), original], name("other"));
  const logit = builder.node("Sub", [logOf(original, "own"), logOf(other, "other")], name("logit"));
  const sloped = builder.node("Mul", [logit, constant("slope", slope)], name("sloped"));
  const moved = builder.node("Add", [sloped, constant("intercept", intercept)], name("moved"));
  builder.node("Sigmoid", [moved], probability);
  return encodeGraphFields({ node: builder.nodes, initializer: builder.initializers });
}

/** Other bytes for a field whose tag was read; undefined for one that is left as it is. */
type Change = (field: number, reader: protobuf.Reader) => readonly Uint8Array[] | undefined;

const inGraph: Change = (field, reader) => (field === 1 ? changedInside(field, reader, inNode) : undefined);

/** NodeProto's inputs, outputs and name. */
const inNode: Change = (field, reader) =>
  field <= 3 && reader.string() === probability ? [textField(field, original)] : undefined;

/** A message up to `end`. */
function changed(reader: protobuf.Reader, end: number, change: Change): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let keptFrom = reader.pos;
  walk(reader, end, (field, _, from) => {
    const start = reader.pos;
    const others = change(field, reader);
    if (others === undefined) {
      reader.pos = start;
      return false;
    }
    parts.push(reader.buf.subarray(keptFrom, from), ...others);
    keptFrom = reader.pos;
    return true;
  });
  return [...parts, reader.buf.subarray(keptFrom, end)];
}

/** An embedded message, if any of it is changed, and what comes behind its fields. */
function changedInside(
  field: number,
  reader: protobuf.Reader,
  change: Change,
  behind: readonly Uint8Array[] = [],
): ReturnType<Change> {
  const length = reader.uint32();
  const parts = [...changed(reader, reader.pos + length, change), ...behind];
  if (parts.length === 1) return undefined;
  return [
    fieldStart(
      field,
      parts.reduce((sum, part) => sum + part.length, 0),
    ),
    ...parts,
  ];
}

/** Of a StringStringEntryProto. */
function metadataKey(reader: protobuf.Reader): string {
  let key = "";
  const length = reader.uint32();
  walk(reader, reader.pos + length, (field) => {
    if (field !== 1) return false;
    key = reader.string();
    return true;
  });
  return key;
}
