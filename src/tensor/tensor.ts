// Tensors of the training engine, and `op`, which calls any libtorch operator by its schema name.
import { AppError, messageOf } from "../core/errors.js";
import { type Handle, type NativeResult, type NativeValue, native, type TensorArray } from "./native.js";
import { adopt } from "./scope.js";

export type DType = "uint8" | "int32" | "int64" | "bfloat16" | "float32" | "float64" | "bool";

/** c10::ScalarType numbers, which schemas take as integers. */
const dtypeNumbers: Record<DType, number> = {
  uint8: 0,
  int32: 3,
  int64: 4,
  float32: 6,
  float64: 7,
  bool: 11,
  bfloat16: 15,
};
const dtypesByName: Record<string, DType> = {
  Byte: "uint8",
  Int: "int32",
  Long: "int64",
  Float: "float32",
  Double: "float64",
  Bool: "bool",
  BFloat16: "bfloat16",
};

/** The number by which operators take a dtype. */
export const dtypeNumber = (dtype: DType): number => dtypeNumbers[dtype];
/** c10::MemoryFormat numbers. */
export const memoryFormat = { contiguous: 0, channelsLast: 2 } as const;

/** A libtorch tensor. Belongs to the innermost open scope; freed by it, by `dispose`, or when collected. */
export class Tensor {
  readonly handle: Handle;

  constructor(handle: Handle) {
    this.handle = handle;
    adopt(this);
  }

  /** A copy of `array` with the given shape, on the CPU. */
  static fromArray(array: TensorArray, shape: readonly number[]): Tensor {
    return guard("fromArray", () => new Tensor(native().fromArray(array, shape)));
  }

  get shape(): readonly number[] {
    return guard("shape", () => native().shape(this.handle));
  }

  get dtype(): DType {
    const name = guard("dtype", () => native().dtype(this.handle));
    const dtype = dtypesByName[name];
    if (dtype === undefined)
      throw new AppError("ENGINE_OPERATOR", { place: "dtype", rule: `tensors of type ${name} are not supported` });
    return dtype;
  }

  /** libtorch's name of the device, e.g. "cpu" or "cuda:0". */
  get device(): string {
    return guard("device", () => native().device(this.handle));
  }

  /** The same values on that device ("cpu", "cuda:0"); this tensor itself where it is there already. */
  toDevice(device: string): Tensor {
    return this.device === device ? this : op("aten::to.device", this, device, dtypeNumber(this.dtype));
  }

  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  /** The values as float32, row-major, whatever the tensor's type, layout and device. */
  toFloat32(): Float32Array {
    return guard("toFloat32", () => native().intoArray(this.handle, new Float32Array(this.size)));
  }

  /** The values of a uint8 tensor, row-major. */
  toUint8(): Uint8Array {
    return guard("toUint8", () => native().intoArray(this.handle, new Uint8Array(this.size)));
  }

  /** The value of a one-element tensor. */
  item(): number {
    return guard("item", () => native().intoArray(this.handle, new Float64Array(1)))[0] as number;
  }

  /** Marks a leaf for `gradients`. */
  requireGrad(required = true): this {
    guard("requireGrad", () => native().setRequiresGrad(this.handle, required));
    return this;
  }

  dispose(): void {
    native().dispose(this.handle);
  }
}

export type Value = Tensor | number | boolean | string | null | undefined | readonly Value[];

/**
 * Calls an operator by schema name ("aten::add.Tensor") with positional values in the schema's order, keyword-only
 * ones included; trailing ones may be left out for their defaults.
 * @throws AppError ENGINE_OPERATOR with the operator's name and libtorch's message.
 */
export function op(name: string, ...values: Value[]): Tensor {
  return asTensor(name, call(name, values));
}

/** As `op`, for operators with several results, all of them tensors. */
export function opMany(name: string, ...values: Value[]): Tensor[] {
  const result = call(name, values);
  if (!Array.isArray(result))
    throw new AppError("ENGINE_OPERATOR", { place: name, rule: "has one result; call it with op()" });
  return result.map((item) => asTensor(name, item));
}

/** As `op`, for operators that work in place or return nothing of interest. */
export function run(name: string, ...values: Value[]): void {
  const result = call(name, values);
  if (isHandle(result)) native().dispose(result);
}

/** d output / d input for each input. @throws AppError ENGINE_OPERATOR when an input does not take part in output. */
export function gradients(output: Tensor, inputs: readonly Tensor[]): Tensor[] {
  const handles = guard("gradients", () =>
    native().gradients(
      output.handle,
      inputs.map((input) => input.handle),
    ),
  );
  return handles.map((handle, index) => {
    if (handle !== null) return new Tensor(handle);
    throw new AppError("ENGINE_OPERATOR", {
      place: "gradients",
      rule: `input ${index} does not take part in the output`,
    });
  });
}

/** Rows of a [rows, rowLength] uint8 array as a [indices.length, rowLength] tensor. */
export function gatherRows(array: Uint8Array, rowLength: number, indices: Int32Array): Tensor {
  return guard("gatherRows", () => new Tensor(native().gatherRows(array, rowLength, indices)));
}

function call(name: string, values: readonly Value[]): NativeResult {
  return guard(name, () => native().call(name, values.map(toNative)));
}

function toNative(value: Value): NativeValue {
  if (value instanceof Tensor) return value.handle;
  if (typeof value === "object" && value !== null) return value.map(toNative);
  return value;
}

function isHandle(result: NativeResult): result is Handle {
  return typeof result === "object" && result !== null && !Array.isArray(result);
}

function asTensor(name: string, result: NativeResult): Tensor {
  if (isHandle(result)) return new Tensor(result);
  throw new AppError("ENGINE_OPERATOR", { place: name, rule: "the result is not a tensor" });
}

function guard<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError("ENGINE_OPERATOR", { place: name, rule: messageOf(thrown) }, { cause: thrown });
  }
}
