// A .onnx file by others, taken apart into nodes and constants whose bytes stay as they are, so that nothing of them is
// lost by being understood. The file is taken for hostile. It says nothing of what is in them: `cutAt` chooses the part
// that is used and refuses what that may not hold.
import protobuf from "protobufjs/light.js";
import { AppError, messageOf } from "../../core/errors.js";
import { invalid } from "../invalid-model-file.js";
import { fieldStart, joined, tensorAttribute } from "./onnx-messages.js";
import { readInside, readValue, type ValueFacts, type Visit, walk } from "./protobuf-fields.js";
import { maxOnnxBytes } from "./read-onnx-contract.js";

/** Nodes, constants, inputs: each kind. Transformers written out operator by operator have some thousands. */
const maxItems = 50_000;

export interface ForeignNode {
  readonly name: string;
  readonly operator: string;
  /** "" for ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** AttributeProto, each. */
  readonly attributes: readonly ForeignAttribute[];
}

export interface ForeignAttribute {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where it is a tensor: TensorProto. */
  readonly tensor: ForeignTensor | null;
  /** Whether it holds graphs, sparse tensors, types, or stands for an attribute of a function. */
  readonly isUnknown: boolean;
}

export interface ForeignTensor {
  readonly name: string;
  /** TensorProto's fields but for its name, its values if they are elsewhere, and where they are. */
  readonly bytes: Uint8Array;
  /** Of values in another file: its keys as they stand. */
  readonly external: ReadonlyMap<string, string> | null;
}

/** What of a graph is cut out and written again. */
export interface ForeignGraph {
  readonly irVersion: number;
  /** Of ONNX's own operators. */
  readonly operatorSet: number;
  readonly nodes: readonly ForeignNode[];
  /** By name. */
  readonly constants: ReadonlyMap<string, ForeignTensor>;
}

export interface ForeignOnnx extends ForeignGraph {
  readonly inputs: readonly ValueFacts[];
  readonly outputs: readonly ValueFacts[];
}

/**
 * @param place for messages
 * @throws AppError MODEL_FILE_INVALID
 */
export function readForeignOnnx(bytes: Uint8Array, place: string): ForeignOnnx {
  if (bytes.length > maxOnnxBytes) throw invalid(place, `it has at most ${maxOnnxBytes} bytes`, `${bytes.length}`);
  if (bytes.length === 0) throw invalid(place, "should be an ONNX file", "an empty file");
  const parts = new ForeignParts(place);
  try {
    parts.readModel(bytes);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    const received = "bytes that break off or do not fit its format: it is another kind of file, cut short or damaged";
    throw invalid(place, "should be an ONNX file", `${received} (${messageOf(thrown)})`, thrown);
  }
  const { graphs, irVersion, operatorSet, nodes, constants, outputs } = parts;
  if (graphs !== 1) throw invalid(place, "should be an ONNX file with one graph", `${graphs}`);
  // Before version 4 of the format, constants are named among the inputs as well.
  const inputs = parts.inputs.filter(({ name }) => !constants.has(name));
  return { irVersion, operatorSet, nodes, constants, inputs, outputs };
}

/** What one pass over the file's fields collects; field numbers are onnx.proto's. */
class ForeignParts {
  graphs = 0;
  irVersion = 0;
  operatorSet = 0;
  readonly nodes: ForeignNode[] = [];
  readonly constants = new Map<string, ForeignTensor>();
  readonly inputs: ValueFacts[] = [];
  readonly outputs: ValueFacts[] = [];
  readonly #place: string;

  constructor(place: string) {
    this.#place = place;
  }

  readModel(bytes: Uint8Array): void {
    const reader = protobuf.Reader.create(bytes);
    const inModel: Visit = (field) => {
      if (field === 7) {
        this.graphs++;
        readInside(reader, this.#inGraph);
      } else if (field === 8) this.#readOperatorSet(reader);
      else return false;
      return true;
    };
    walk(reader, bytes.length, inModel, (field) => {
      if (field !== 1) return false;
      this.irVersion = Number(reader.int64());
      return true;
    });
  }

  readonly #inGraph: Visit = (field, reader) => {
    if (field === 1) this.nodes.push(this.#node(reader));
    else if (field === 5) this.#constant(reader);
    else if (field === 11) this.inputs.push(readValue(reader));
    else if (field === 12) this.outputs.push(readValue(reader));
    else return false;
    const most = Math.max(this.nodes.length, this.constants.size, this.inputs.length, this.outputs.length);
    if (most > maxItems) throw invalid(this.#place, `a graph has at most ${maxItems} parts of a kind`, "more");
    return true;
  };

  #constant(reader: protobuf.Reader): void {
    const tensor = readTensor(reader);
    if (this.constants.has(tensor.name)) {
      throw invalid(this.#place, "each constant has a name of its own", `two called ${shown(tensor.name)}`);
    }
    this.constants.set(tensor.name, tensor);
  }

  #node(reader: protobuf.Reader): ForeignNode {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes: ForeignAttribute[] = [];
    const texts = { name: "", operator: "", domain: "" };
    readInside(reader, (field) => {
      if (field === 1) inputs.push(reader.string());
      else if (field === 2) outputs.push(reader.string());
      else if (field === 3) texts.name = reader.string();
      else if (field === 4) texts.operator = reader.string();
      else if (field === 5) attributes.push(readAttribute(reader));
      else if (field === 7) texts.domain = reader.string();
      else return false;
      if (inputs.length + outputs.length + attributes.length > maxItems) {
        throw invalid(this.#place, `a node has at most ${maxItems} inputs and outputs`, "more");
      }
      return true;
    });
    return { ...texts, domain: texts.domain === "ai.onnx" ? "" : texts.domain, inputs, outputs, attributes };
  }

  #readOperatorSet(reader: protobuf.Reader): void {
    let domain = "";
    let version = 0;
    readInside(
      reader,
      (field) => {
        if (field !== 1) return false;
        domain = reader.string();
        return true;
      },
      (field) => {
        if (field !== 2) return false;
        version = Number(reader.int64());
        return true;
      },
    );
    if (domain === "" || domain === "ai.onnx") this.operatorSet = version;
  }
}

/** Numbers and texts, one or many: f, i, s, floats, ints, strings, beside name, description and type. */
const plainFields: readonly number[] = [1, 2, 3, 4, 7, 8, 9, 13, 20];

function readAttribute(reader: protobuf.Reader): ForeignAttribute {
  let name = "";
  let tensor: ForeignTensor | null = null;
  let isUnknown = false;
  const length = reader.uint32();
  const start = reader.pos;
  walk(reader, start + length, (field) => {
    if (field === 1) name = reader.string();
    else if (field === tensorAttribute) tensor = readTensor(reader);
    else {
      isUnknown ||= !plainFields.includes(field);
      return false;
    }
    return true;
  });
  return { name, bytes: reader.buf.subarray(start, start + length), tensor, isUnknown };
}

/** Of TensorProto. */
const tensorField = { dims: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 } as const;

function readTensor(reader: protobuf.Reader): ForeignTensor {
  let name = "";
  let isElsewhere = false;
  const external = new Map<string, string>();
  const kept: Uint8Array[] = [];
  const length = reader.uint32();
  const start = reader.pos;
  let keptFrom = start;
  /** Leaves out the field whose tag was read. */
  const takeOut = (read: () => void) => {
    kept.push(reader.buf.subarray(keptFrom, reader.pos - 1)); // a tag of a field below 16 has one byte
    read();
    keptFrom = reader.pos;
    return true;
  };
  walk(
    reader,
    start + length,
    (field) => {
      if (field === tensorField.name) {
        return takeOut(() => {
          name = reader.string();
        });
      }
      return field === tensorField.external && takeOut(() => readExternal(reader, external));
    },
    (field) =>
      field === tensorField.location &&
      takeOut(() => {
        isElsewhere = reader.uint32() !== 0;
      }),
  );
  kept.push(reader.buf.subarray(keptFrom, start + length));
  return { name, bytes: joined(kept), external: isElsewhere || external.size > 0 ? external : null };
}

/** StringStringEntryProto. */
function readExternal(reader: protobuf.Reader, into: Map<string, string>): void {
  const entry = { key: "", value: "" };
  readInside(reader, (field) => {
    if (field === 1) entry.key = reader.string();
    else if (field === 2) entry.value = reader.string();
    else return false;
    return true;
  });
  if (into.size > 8) throw new RangeError("more than 8 words on where a constant's values are");
  into.set(entry.key, entry.value);
}

/** The tensor with its values, which were elsewhere: little-endian, row-major. */
export const withValues = ({ name, bytes }: ForeignTensor, values: Uint8Array): ForeignTensor => ({
  name,
  bytes: joined([bytes, fieldStart(tensorField.raw, values.length), values]),
  external: null,
});

/** How many real numbers it holds; 0 for whole numbers, which are sizes and places. */
export function realNumbersIn({ bytes }: ForeignTensor): number {
  const reader = protobuf.Reader.create(bytes);
  let count = 1;
  let isReal = false;
  const size = () => {
    count *= Number(reader.int64());
  };
  walk(
    reader,
    bytes.length,
    (field) => {
      if (field !== tensorField.dims) return false;
      const length = reader.uint32();
      for (const end = reader.pos + length; reader.pos < end; ) size(); // packed
      return true;
    },
    (field) => {
      if (field === tensorField.dims) size();
      else if (field === tensorField.type) isReal = realTypes.includes(reader.int32());
      else return false;
      return true;
    },
  );
  return isReal ? count : 0;
}

/** TensorProto.DataType: float32, float16, float64, bfloat16; int8 and uint8 as quantized models have them. */
const realTypes: readonly number[] = [1, 10, 11, 16, 2, 3];

/** A name of a stranger's file in a message. */
export const shown = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
