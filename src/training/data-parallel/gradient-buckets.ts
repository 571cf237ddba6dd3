// Gradients of all processes added up while backward still computes others: DistributedDataParallel's buckets (Li et al.,
// "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", VLDB 2020, sections 3.2.2 and 3.2.3). Gradients
// become final from the last layer to the first, so buckets are filled in the parameters' reverse order; they are sent in one
// order everywhere, each as soon as it and those before it are full.

import { inArena, outsideArenas } from "../../tensor/arena.js";
import { noGrad } from "../../tensor/engine.js";
import * as ops from "../../tensor/operators.js";
import type { Begun, Processes } from "../../tensor/process-group.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { GradientExchange } from "./gradient-exchange.js";

/**
 * As in DistributedDataParallel a small first one, so that sending begins early. Its others have 25 MB: MobileNet's 17 MB would be
 * sent when backward is over (bench/distributed-network.ts).
 */
const bucketBytes = { first: 2 ** 20, others: 4 * 2 ** 20 };

interface Bucket {
  /** All its gradients, [values], in the parameters' own precision. */
  readonly flat: Tensor;
  missing: number;
  readonly parameters: number;
  begun: Begun | undefined;
}

/** Where a parameter's gradient goes. */
interface Place {
  readonly bucket: Bucket;
  /** Its part of the bucket, with the parameter's shape and memory layout. */
  readonly view: Tensor;
}

export class GradientBuckets {
  readonly #processes: Processes;
  readonly #exchange: GradientExchange;
  readonly #device: string;
  readonly #buckets: Bucket[] = [];
  /** By parameter. */
  readonly #places: Place[] = [];
  #sent = 0;

  constructor(processes: Processes, parameters: readonly Tensor[], exchange: GradientExchange) {
    this.#processes = processes;
    this.#exchange = exchange;
    this.#device = parameters[0]?.device ?? "cpu";
    for (const indices of bucketsOf(parameters)) this.#makeBucket(parameters, indices);
  }

  /** Before every step. */
  restart(): void {
    this.#sent = 0;
    for (const bucket of this.#buckets) {
      bucket.missing = bucket.parameters;
      bucket.begun = undefined;
    }
  }

  /** Takes one parameter's gradient, and sends what is full. */
  add(parameter: number, gradient: Tensor): void {
    const { bucket, view } = this.#places[parameter] as Place;
    noGrad(() => ops.copyInPlace(view, gradient));
    bucket.missing -= 1;
    this.#sendFull();
  }

  /** This process has nothing to add to this step. */
  addNothing(): void {
    for (const bucket of this.#buckets) {
      noGrad(() => ops.fillScalarInPlace(bucket.flat, 0));
      bucket.missing = 0;
    }
    this.#sendFull();
  }

  /** The sums over all processes, in the parameters' order; they are overwritten by the next step. */
  async sums(): Promise<readonly Tensor[]> {
    for (const bucket of this.#buckets) await bucket.begun?.ended();
    return this.#places.map(({ view }) => view);
  }

  dispose(): void {
    for (const { view } of this.#places) view.dispose();
    for (const { flat } of this.#buckets) flat.dispose();
  }

  #makeBucket(parameters: readonly Tensor[], indices: readonly number[]): void {
    const own = indices.map((index) => parameters[index] as Tensor);
    const values = own.reduce((sum, { size }) => sum + size, 0);
    const flat = ops.zeros([values], { dtype: (own[0] as Tensor).dtype, device: this.#device });
    const bucket: Bucket = { flat, missing: own.length, parameters: own.length, begun: undefined };
    this.#buckets.push(bucket);
    let start = 0;
    for (const [i, parameter] of own.entries()) {
      const view = inArena(() => viewLike(parameter, flat, start));
      this.#places[indices[i] as number] = { bucket, view };
      start += parameter.size;
    }
  }

  #sendFull(): void {
    for (; this.#buckets[this.#sent]?.missing === 0; this.#sent++) {
      const bucket = this.#buckets[this.#sent] as Bucket;
      bucket.begun =
        this.#exchange === "float32"
          ? this.#processes.beginSum(bucket.flat)
          : beginSmallSum(this.#processes, bucket.flat);
    }
  }
}

/** Parameters by bucket, last ones first. */
function bucketsOf(parameters: readonly Tensor[]): number[][] {
  const buckets: number[][] = [[]];
  let bytes = 0;
  for (const [index, parameter] of [...parameters.entries()].reverse()) {
    buckets.at(-1)?.push(index);
    bytes += parameter.size * 4;
    if (bytes < (buckets.length === 1 ? bucketBytes.first : bucketBytes.others)) continue;
    buckets.push([]);
    bytes = 0;
  }
  return buckets.filter((bucket) => bucket.length > 0);
}

/** Values of `flat` from `start` on as a tensor of the parameter's shape, in its memory layout: channels last where it has four axes. */
function viewLike(parameter: Tensor, flat: Tensor, start: number): Tensor {
  const { shape, size } = parameter;
  const part = ops.sliceTensor(flat, { dim: 0, start, end: start + size });
  if (shape.length !== 4) return ops.reshape(part, shape);
  const [o, i, h, w] = shape as [number, number, number, number];
  return ops.permute(ops.reshape(part, [o, h, w, i]), [0, 3, 1, 2]); // [o, h, w, i] -> [o, i, h, w]
}

/**
 * A sum that travels in bfloat16: every process gets its part of everybody's values, adds them up in float32 and hands the
 * sum on, which takes as many bytes as a ring does. The first half overlaps with backward.
 */
function beginSmallSum(processes: Processes, flat: Tensor): Begun {
  const { size } = processes;
  const part = Math.ceil(flat.size / size);
  const ones = new Array<number>(size).fill(1);
  const { device } = flat;
  const own = <T>(action: () => T): T => outsideArenas(() => noGrad(() => inArena(action)));
  const [sent, received] = own(() => {
    const padding = ops.zeros([size * part - flat.size], { dtype: flat.dtype, device });
    const small = ops.toDtype(ops.cat([flat, padding]), "bfloat16");
    return [
      bytesOf(ops.reshape(small, [size, part])),
      ops.zeros([size, 2 * part], { dtype: "uint8", device }),
    ] as const;
  });
  const exchanged = processes.beginExchange(sent, ones, received, ones);
  return {
    ended: async () => {
      await exchanged.ended();
      const [sum, sums] = own(() => {
        const parts = ops.toDtype(ops.viewDtype(received, "bfloat16"), "float32"); // [size, part]
        const sum = ops.toDtype(ops.sumDimIntList(parts, [0]), "bfloat16");
        return [bytesOf(sum), ops.zeros([size, 2 * part], { dtype: "uint8", device })] as const;
      });
      await processes.beginGather(sum, sums).ended();
      own(() => {
        const all = ops.reshape(ops.viewDtype(sums, "bfloat16"), [size * part]);
        ops.copyInPlace(flat, ops.sliceTensor(all, { dim: 0, start: 0, end: flat.size }));
      });
      for (const tensor of [sent, received, sum, sums]) tensor.dispose();
    },
  };
}

/** gloo of libtorch 1.13 moves no bfloat16, but bytes. */
const bytesOf = (tensor: Tensor): Tensor => ops.viewDtype(tensor, "uint8");
