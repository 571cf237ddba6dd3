// A running average of what a training changes. Single steps scatter around the way they go; the average does not, and
// scores more steadily from epoch to epoch (Polyak and Juditsky, 1992; Keras' `use_ema`).
import type { HostTensor } from "../model/weights.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";

/** What a checkpoint keeps: updates made, and the average of every weight, in the weights' order. */
export interface WeightAverageState {
  readonly updates: number;
  readonly averages: readonly HostTensor[];
}

export class WeightAverage {
  readonly #weights: readonly Tensor[];
  readonly #averages: readonly Tensor[];
  #updates = 0;

  /** @param weights trainable ones and moving statistics, as they change in place */
  constructor(weights: readonly Tensor[]) {
    this.#weights = weights;
    this.#averages = noGrad(() => weights.map((weight) => ops.clone(weight)));
  }

  /**
   * Takes the weights as they are now into the average.
   * @param window steps over which it reaches back, about; fewer at the start, where early weights should be forgotten soon
   */
  update(window: number): void {
    const kept = Math.min(1 - 1 / window, (1 + this.#updates) / (10 + this.#updates));
    this.#updates += 1;
    noGrad(() => {
      for (const [index, weight] of this.#weights.entries()) {
        ops.lerpScalarInPlace(this.#averages[index] as Tensor, weight, 1 - kept);
      }
    });
  }

  /** Does `work` with the averages in the weights' place. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#exchange();
    try {
      return await work();
    } finally {
      this.#exchange();
    }
  }

  state(): WeightAverageState {
    const averages = this.#averages.map((tensor) => ({ shape: tensor.shape, data: tensor.toFloat32() }));
    return { updates: this.#updates, averages };
  }

  restore({ updates, averages }: WeightAverageState): void {
    this.#updates = updates;
    noGrad(() =>
      inArena(() => {
        for (const [index, { data, shape }] of averages.entries()) {
          ops.copyInPlace(this.#averages[index] as Tensor, Tensor.fromArray(data, shape));
        }
      }),
    );
  }

  dispose(): void {
    for (const tensor of this.#averages) tensor.dispose();
  }

  #exchange(): void {
    noGrad(() =>
      inArena(() => {
        for (const [index, weight] of this.#weights.entries()) {
          const average = this.#averages[index] as Tensor;
          const held = ops.clone(weight);
          ops.copyInPlace(weight, average);
          ops.copyInPlace(average, held);
        }
      }),
    );
  }
}
