// Tensors of the training engine. What is computed with them is in operators.ts.
import { AppError, messageOf } from "../core/errors.js";
import { adopt, inArena } from "./arena.js";
import { type DType, dtypeNamed } from "./dtypes.js";
import { type Handle, native, type TensorArray } from "./native.js";

/** A libtorch tensor. Belongs to the innermost open arena; freed by it, by `dispose`, or when collected. */
export class Tensor {
  readonly handle: Handle;

  constructor(handle: Handle) {
    this.handle = handle;
    adopt(this);
  }

  /** A copy of `array` with the given shape, on the device ("cpu", "cuda:0"); a GPU is not waited for. */
  static fromArray(array: TensorArray, shape: readonly number[], device = "cpu"): Tensor {
    return guard("fromArray", () => new Tensor(native().fromArray(array, shape, device)));
  }

  get shape(): readonly number[] {
    return guard("shape", () => native().shape(this.handle));
  }

  get dtype(): DType {
    const name = guard("dtype", () => native().dtype(this.handle));
    const dtype = dtypeNamed(name);
    if (dtype !== undefined) return dtype;
    throw new AppError("ENGINE_OPERATOR", { place: "dtype", rule: `tensors of type ${name} are not supported` });
  }

  /** libtorch's name of the device, e.g. "cpu" or "cuda:0". */
  get device(): string {
    return guard("device", () => native().device(this.handle));
  }

  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  /** The values as float32, row-major, whatever the tensor's type, layout and device. */
  toFloat32(): Float32Array {
    return guard("toFloat32", () => native().intoArray(this.handle, new Float32Array(this.size)));
  }

  /** As `toFloat32`, with all digits of float64. */
  toFloat64(): Float64Array {
    return guard("toFloat64", () => native().intoArray(this.handle, new Float64Array(this.size)));
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

/** d output / d input for each input. @throws AppError ENGINE_OPERATOR when an input does not take part in output. */
export function gradients(output: Tensor, inputs: readonly Tensor[]): Tensor[] {
  const handles = guard("gradients", () =>
    native().gradients(
      output.handle,
      inputs.map((input) => input.handle),
    ),
  );
  const missing = handles.indexOf(null);
  const found = handles.flatMap((handle) => (handle === null ? [] : [new Tensor(handle)]));
  if (missing === -1) return found;
  for (const gradient of found) gradient.dispose(); // nobody else can
  throw new AppError("ENGINE_OPERATOR", {
    place: "gradients",
    rule: `input ${missing} does not take part in the output`,
  });
}

/**
 * As `gradients` of leaves, but `tell` has each as soon as it is final, while others are still being computed. Each belongs
 * to an arena around the call of `tell`.
 * @throws AppError ENGINE_OPERATOR when an input does not take part in output, after all others have been told
 */
export function gradientsAsTheyCome(
  output: Tensor,
  inputs: readonly Tensor[],
  tell: (input: number, gradient: Tensor) => void,
): void {
  const missing = new Set(inputs.keys());
  const handles = inputs.map(({ handle }) => handle);
  guard("gradients", () =>
    native().gradientsAsTheyCome(output.handle, handles, (input, gradient) =>
      inArena(() => {
        missing.delete(input);
        tell(input, new Tensor(gradient));
      }),
    ),
  );
  const [first] = missing;
  if (first === undefined) return;
  throw new AppError("ENGINE_OPERATOR", {
    place: "gradients",
    rule: `input ${first} does not take part in the output`,
  });
}

/** Rows of a [rows, rowLength] uint8 array as a [indices.length, rowLength] tensor on the device; a GPU is not waited for. */
export function gatherRows(array: Uint8Array, rowLength: number, indices: Int32Array, device = "cpu"): Tensor {
  return guard("gatherRows", () => new Tensor(native().gatherRows(array, rowLength, indices, device)));
}

/**
 * Asks for a tensor's values as they are after all that was called before. What this returns waits for them, once: a GPU
 * can be given more work in between.
 */
export function beginRead(tensor: Tensor): () => Float64Array {
  const begun = guard("beginRead", () => native().beginRead(tensor.handle));
  return () => inArena(() => new Tensor(guard("read", () => native().read(begun))).toFloat64());
}

/** Runs `action`, whose errors become AppErrors that begin with `name`. */
export function guard<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError("ENGINE_OPERATOR", { place: name, rule: messageOf(thrown) }, { cause: thrown });
  }
}
