// Collects the nodes and the constants of an ONNX graph while its layers are written one after another.
import type { WeightPrecision } from "../../model/model-contract.js";
import type { HostTensor } from "../../model/weights.js";
import {
  type AttributeProto,
  attributeType,
  dataLocation,
  dataType,
  type NodeProto,
  type TensorProto,
} from "./onnx-messages.js";
import type { OnnxOperator } from "./onnx-operators.js";
import { quantized, toFloat16 } from "./small-weights.js";

/** Whole numbers are written as ints, `{ float }` as a float. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

/** A file beside the model that takes the values of its constants, one behind the other. */
export interface ValuesFile {
  /** As the model names it. */
  readonly name: string;
  /** @returns where the values begin in it */
  append(values: Uint8Array): number;
}

/** Smaller ones stay in the model: shapes must, and none of them is worth a look into another file. */
const leastBeside = 1024;

export class OnnxGraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #precision: WeightPrecision;
  readonly #beside: ValuesFile | null;

  constructor(precision: WeightPrecision = "float32", beside: ValuesFile | null = null) {
    this.#precision = precision;
    this.#beside = beside;
  }

  /** Adds a node with one output, named `output`, which also names the node. Returns that name. */
  node(operator: OnnxOperator, inputs: readonly string[], output: string, attributes: Attributes = {}): string {
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

  /**
   * Adds a layer's kernel in the builder's precision, as the float32 value of that name: runtimes compute it once, when
   * they load the file. Returns its name.
   * @param channelAxis the axis of the output channels; each has a scale of its own in int8
   */
  kernel(name: string, kernel: HostTensor, channelAxis: 0 | 1): string {
    switch (this.#precision) {
      case "float32":
        return this.constant(name, kernel);
      case "float16": {
        const half = this.#initializer(`${name}_float16`, dataType.float16, kernel.shape, toFloat16(kernel.data));
        return this.node("Cast", [half], name, { to: dataType.float });
      }
      case "int8": {
        const { values, scale } = quantized(kernel, channelAxis);
        const small = this.#initializer(`${name}_int8`, dataType.int8, kernel.shape, values);
        const cast = this.node("Cast", [small], `${name}_cast`, { to: dataType.float });
        return this.node("Mul", [cast, this.constant(`${name}_scale`, scale)], name);
      }
      default:
        return this.#precision satisfies never;
    }
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
    const values = new Uint8Array(buffer, byteOffset, byteLength);
    const stored =
      this.#beside === null || byteLength < leastBeside ? { raw_data: values } : storedIn(this.#beside, values);
    this.initializers.push({ name, data_type: type, dims, ...stored });
    return name;
  }
}

function storedIn(file: ValuesFile, values: Uint8Array): Pick<TensorProto, "data_location" | "external_data"> {
  const place = { location: file.name, offset: file.append(values), length: values.length };
  const entries = Object.entries(place).map(([key, value]) => ({ key, value: String(value) }));
  return { data_location: dataLocation.external, external_data: entries };
}

function toAttribute(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === "number") return { name, type: attributeType.int, i: value };
  if ("float" in value) return { name, type: attributeType.float, f: value.float };
  return { name, type: attributeType.ints, ints: value };
}
