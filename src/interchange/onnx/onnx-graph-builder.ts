// Collects the nodes and the constants of an ONNX graph while its layers are written one after another.
import type { HostTensor } from "../../model/weights.js";
import { type AttributeProto, attributeType, dataType, type NodeProto, type TensorProto } from "./onnx-messages.js";

/** Whole numbers are written as ints, `{ float }` as a float. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

export class OnnxGraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];

  /** Adds a node with one output, named `output`, which also names the node. Returns that name. */
  node(operator: string, inputs: readonly string[], output: string, attributes: Attributes = {}): string {
    this.nodes.push({
      name: output,
      op_type: operator,
      input: inputs,
      output: [output],
      attribute: Object.entries(attributes).map(([name, value]) => toAttribute(name, value)),
    });
    return output;
  }

  /** Adds a float32 constant. Returns its name. */
  constant(name: string, { data, shape }: HostTensor): string {
    return this.#initializer(name, dataType.float, shape, data);
  }

  /** Adds a list of whole numbers. Returns its name. */
  integers(name: string, values: readonly number[]): string {
    return this.#initializer(name, dataType.int64, [values.length], BigInt64Array.from(values, BigInt));
  }

  #initializer(
    name: string,
    type: number,
    dims: readonly number[],
    { buffer, byteOffset, byteLength }: ArrayBufferView,
  ) {
    // Typed arrays are little-endian on every processor that Node.js and libtorch both support.
    this.initializers.push({ name, data_type: type, dims, raw_data: new Uint8Array(buffer, byteOffset, byteLength) });
    return name;
  }
}

function toAttribute(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === "number") return { name, type: attributeType.int, i: value };
  if ("float" in value) return { name, type: attributeType.float, f: value.float };
  return { name, type: attributeType.ints, ints: value };
}
