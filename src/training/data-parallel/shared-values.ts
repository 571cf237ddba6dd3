// What processes tell each other between steps: process 0's state at a beginning, everybody's scores at an end.
import { noGrad } from "../../tensor/engine.js";
import * as ops from "../../tensor/operators.js";
import type { Processes } from "../../tensor/process-group.js";
import { Tensor } from "../../tensor/tensor.js";

/** What one process has for all. */
export interface Told {
  /** Plain JSON. */
  readonly facts: unknown;
  readonly arrays: readonly Float32Array[];
}

/** What process 0 tells; the others give null. */
export async function toldByFirst(processes: Processes, own: Told | null): Promise<Told> {
  if (processes.size === 1) return own as Told;
  const lengths = own?.arrays.map(({ length }) => length);
  const [text = ""] = await processes.texts(own === null ? "" : JSON.stringify({ facts: own.facts, lengths }));
  const head = JSON.parse(text) as { facts: unknown; lengths: readonly number[] };
  const arrays: Float32Array[] = [];
  for (const [i, length] of head.lengths.entries()) {
    const tensor = Tensor.fromArray(own?.arrays[i] ?? new Float32Array(length), [length]);
    try {
      await processes.beginCopyOfFirst(tensor).ended();
      arrays.push(own?.arrays[i] ?? tensor.toFloat32());
    } finally {
      tensor.dispose();
    }
  }
  return { facts: head.facts, arrays };
}

/** Gives the tensors, in place, the values that process 0's have: contiguous ones on any device. */
export async function copyFromFirst(processes: Processes, tensors: readonly Tensor[]): Promise<void> {
  if (processes.size === 1) return;
  for (const tensor of tensors) {
    const travelling = Tensor.fromArray(tensor.toFloat32(), [tensor.size]);
    try {
      await processes.beginCopyOfFirst(travelling).ended();
      const { shape } = tensor;
      noGrad(() => {
        const shaped = ops.reshape(travelling, shape);
        ops.copyInPlace(tensor, shaped);
        shaped.dispose();
      });
    } finally {
      travelling.dispose();
    }
  }
}

/** All values of a list of which every process has those at every `size`-th place from its rank on. */
export async function gatheredInTurn(processes: Processes, own: Float32Array, count: number): Promise<Float32Array> {
  const { size } = processes;
  if (size === 1) return own;
  const most = Math.ceil(count / size);
  const padded = new Float32Array(most);
  padded.set(own);
  const input = Tensor.fromArray(padded, [most]);
  const output = Tensor.fromArray(new Float32Array(most * size), [size, most]);
  try {
    await processes.beginGather(input, output).ended();
    const all = output.toFloat32();
    return Float32Array.from({ length: count }, (_, i) => all[(i % size) * most + Math.floor(i / size)] as number);
  } finally {
    input.dispose();
    output.dispose();
  }
}
