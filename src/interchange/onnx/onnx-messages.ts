// The part of onnx.proto (github.com/onnx/onnx, IR version 8) that a feed-forward graph needs, in ONNX's own spelling,
// and its bytes. Field numbers are ONNX's; protobufjs does the wire format.
import protobuf from "protobufjs/light.js";

export interface ModelProto {
  readonly ir_version: number;
  readonly producer_name: string;
  readonly opset_import: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: GraphProto;
  readonly metadata_props?: readonly StringStringEntryProto[];
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

export interface NodeProto {
  readonly name: string;
  readonly op_type: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

/** `type` says which of the fields holds the value. */
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly ints?: readonly number[];
}

/** AttributeProto.AttributeType */
export const attributeType = { float: 1, int: 2, ints: 7 } as const;

export interface TensorProto {
  readonly name: string;
  readonly data_type: number;
  readonly dims: readonly number[];
  /** Little-endian, row-major. Absent where `external_data` says where the values stand. */
  readonly raw_data?: Uint8Array;
  readonly data_location?: typeof dataLocation.external;
  /** "location" (a file's name), "offset" and "length" in bytes. */
  readonly external_data?: readonly StringStringEntryProto[];
}

export interface StringStringEntryProto {
  readonly key: string;
  readonly value: string;
}

/** TensorProto.DataLocation */
export const dataLocation = { external: 1 } as const;
/** AttributeProto's field of a tensor. */
export const tensorAttribute = 5;
/** Tensors in attributes are a few numbers; constants of any size stand in the graph. */
export const maxAttributeTensorBytes = 256;

/** TensorProto.DataType */
export const dataType = { float: 1, uint8: 2, int8: 3, int64: 7, float16: 10 } as const;

export interface ValueInfoProto {
  readonly name: string;
  readonly type: {
    /** Without a shape it may be any. */
    readonly tensor_type: { readonly elem_type: number; readonly shape?: { readonly dim: readonly Dimension[] } };
  };
}

/** A fixed size, or the name of one that is open. */
type Dimension = { readonly dim_value: number } | { readonly dim_param: string };

const repeated = (type: string, id: number) => ({ rule: "repeated", type, id });
const single = (type: string, id: number) => ({ type, id });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        ir_version: single("int64", 1),
        producer_name: single("string", 2),
        graph: single("GraphProto", 7),
        opset_import: repeated("OperatorSetIdProto", 8),
        metadata_props: repeated("StringStringEntryProto", 14),
      },
    },
    StringStringEntryProto: { fields: { key: single("string", 1), value: single("string", 2) } },
    OperatorSetIdProto: { fields: { domain: single("string", 1), version: single("int64", 2) } },
    GraphProto: {
      fields: {
        node: repeated("NodeProto", 1),
        name: single("string", 2),
        initializer: repeated("TensorProto", 5),
        input: repeated("ValueInfoProto", 11),
        output: repeated("ValueInfoProto", 12),
      },
    },
    NodeProto: {
      fields: {
        input: repeated("string", 1),
        output: repeated("string", 2),
        name: single("string", 3),
        op_type: single("string", 4),
        attribute: repeated("AttributeProto", 5),
      },
    },
    AttributeProto: {
      fields: {
        name: single("string", 1),
        f: single("float", 2),
        i: single("int64", 3),
        ints: repeated("int64", 8),
        type: single("int32", 20),
      },
    },
    TensorProto: {
      fields: {
        dims: repeated("int64", 1),
        data_type: single("int32", 2),
        name: single("string", 8),
        raw_data: single("bytes", 9),
        external_data: repeated("StringStringEntryProto", 13),
        data_location: single("int32", 14),
      },
    },
    ValueInfoProto: { fields: { name: single("string", 1), type: single("TypeProto", 2) } },
    TypeProto: { fields: { tensor_type: single("TensorTypeProto", 1) } },
    TensorTypeProto: { fields: { elem_type: single("int32", 1), shape: single("TensorShapeProto", 2) } },
    TensorShapeProto: { fields: { dim: repeated("Dimension", 1) } },
    Dimension: { fields: { dim_value: single("int64", 1), dim_param: single("string", 2) } },
  },
});

const modelType = root.lookupType("ModelProto");
const graphType = root.lookupType("GraphProto");
/** ModelProto's field of the graph. */
const graphField = 7;

/** The bytes of a .onnx file. */
export function encodeModel(model: ModelProto): Uint8Array {
  return modelType.encode(model).finish();
}

/** A graph's fields without the graph around them: one after another, such bytes are one graph. */
export function encodeGraphFields(graph: Partial<GraphProto>): Uint8Array {
  return graphType.encode(graph).finish();
}

/** The bytes of a .onnx file around a graph's fields. */
export function encodeModelAround(model: Omit<ModelProto, "graph">, graph: readonly Uint8Array[]): Uint8Array {
  const length = graph.reduce((sum, bytes) => sum + bytes.length, 0);
  return joined([modelType.encode(model).finish(), fieldStart(graphField, length), ...graph]);
}

/** What stands before `length` bytes of a field that has a length. */
export const fieldStart = (field: number, length: number): Uint8Array =>
  protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .uint32(length)
    .finish();

/** The field of a text. */
export const textField = (field: number, text: string): Uint8Array =>
  protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .string(text)
    .finish();

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    result.set(part, end);
    end += part.length;
  }
  return result;
}
