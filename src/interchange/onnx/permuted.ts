// Axes of an array on the host, reordered.
import { product } from "../../model/shapes.js";
import type { HostTensor } from "../../model/weights.js";

/** The array whose axis i is axis `axes[i]` of the given one, row-major. */
export function permuted({ data, shape }: HostTensor, axes: readonly number[]): HostTensor {
  // Axes of one place move nothing; left in, they make the inner loop as short as that.
  const moved = axes.filter((axis) => shape[axis] !== 1);
  if (moved.length === 0) moved.push(0);
  const strides = moved.map((axis) => product(shape.slice(axis + 1)));
  const sizes = moved.map((axis) => shape[axis] as number);
  const result = new Float32Array(data.length);
  let written = 0;
  const copy = (axis: number, from: number): void => {
    const size = sizes[axis] as number;
    const stride = strides[axis] as number;
    if (axis < sizes.length - 1) for (let i = 0; i < size; i++) copy(axis + 1, from + i * stride);
    else for (let i = 0; i < size; i++) result[written++] = data[from + i * stride] as number;
  };
  copy(0, 0);
  return { shape: axes.map((axis) => shape[axis] as number), data: result };
}
