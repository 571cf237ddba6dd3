// Adam (Kingma and Ba, 2015) as Keras computes it: epsilon outside the bias correction.
import type { HostTensor } from "../model/weights.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";

/** Keras' defaults. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export const kerasAdam: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** What a checkpoint keeps: steps taken, and both moments of every parameter, in the parameters' order. */
export interface AdamState {
  readonly step: number;
  readonly first: readonly HostTensor[];
  readonly second: readonly HostTensor[];
}

export interface AdamOptions {
  readonly settings?: AdamSettings;
  /** "fused" updates all parameters in one kernel, which GPUs have and libtorch 2.4 and newer has for processors; default by the parameters' device. */
  readonly kernels?: "fused" | "plain";
}

export class Adam {
  readonly #parameters: readonly Tensor[];
  readonly #settings: AdamSettings;
  readonly #isFused: boolean;
  #first: Tensor[];
  #second: Tensor[];
  #step = 0;

  constructor(parameters: readonly Tensor[], { settings = kerasAdam, kernels }: AdamOptions = {}) {
    this.#parameters = parameters;
    this.#settings = settings;
    this.#isFused = kernels === undefined ? parameters[0]?.device.startsWith("cuda") === true : kernels === "fused";
    this.#first = parameters.map((parameter) => ops.zerosLike(parameter));
    this.#second = parameters.map((parameter) => ops.zerosLike(parameter));
  }

  /** One update with gradients in the parameters' order. */
  step(gradients: readonly Tensor[], learningRate: number): void {
    const { beta1, beta2, epsilon } = this.#settings;
    this.#step += 1;
    // Keras raises the float32 values of the betas to the step's power, whatever the precision of the weights.
    const correction = (beta: number) => 1 - Math.fround(beta) ** this.#step;
    const rate = (learningRate * Math.sqrt(correction(beta2))) / correction(beta1);
    if (this.#isFused) {
      this.#stepAtOnce(gradients, rate);
      return;
    }
    noGrad(() =>
      inArena(() => {
        for (const [index, parameter] of this.#parameters.entries()) {
          const gradient = gradients[index] as Tensor;
          const first = this.#first[index] as Tensor;
          const second = this.#second[index] as Tensor;
          ops.lerpScalarInPlace(first, gradient, 1 - beta1);
          ops.mulScalarInPlace(second, beta2);
          ops.addcmulInPlace(second, gradient, gradient, { value: 1 - beta2 });
          ops.addcdivInPlace(parameter, first, ops.addScalar(ops.sqrt(second), epsilon), { value: -rate });
        }
      }),
    );
  }

  /**
   * PyTorch's kernel multiplies the rate with its own corrections, and adds epsilon behind that of the second moment: what
   * it is given takes both back.
   */
  #stepAtOnce(gradients: readonly Tensor[], rate: number): void {
    const { beta1, beta2, epsilon } = this.#settings;
    const secondRoot = Math.sqrt(1 - beta2 ** this.#step);
    noGrad(() =>
      inArena(() => {
        const { device } = this.#parameters[0] as Tensor;
        const step = Tensor.fromArray(Float32Array.of(this.#step), [], device);
        ops.fusedAdamInPlace(
          this.#parameters,
          gradients,
          this.#first,
          this.#second,
          [],
          this.#parameters.map(() => step),
          (rate * (1 - beta1 ** this.#step)) / secondRoot,
          beta1,
          beta2,
          0,
          epsilon / secondRoot,
          false,
          false,
        );
      }),
    );
  }

  state(): AdamState {
    const toHost = (tensor: Tensor): HostTensor => ({ shape: tensor.shape, data: tensor.toFloat32() });
    return { step: this.#step, first: this.#first.map(toHost), second: this.#second.map(toHost) };
  }

  restore(state: AdamState): void {
    this.#step = state.step;
    const fill = (targets: readonly Tensor[], values: readonly HostTensor[]) =>
      inArena(() => {
        for (const [index, { data, shape }] of values.entries()) {
          ops.copyInPlace(targets[index] as Tensor, Tensor.fromArray(data, shape));
        }
      });
    noGrad(() => {
      fill(this.#first, state.first);
      fill(this.#second, state.second);
    });
  }

  dispose(): void {
    for (const tensor of [...this.#first, ...this.#second]) tensor.dispose();
  }
}
