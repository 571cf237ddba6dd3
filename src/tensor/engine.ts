// The engine's switches that are not operators: gradients on and off, precision, seeds, threads.
import { AppError } from "../core/errors.js";
import { inArena } from "./arena.js";
import { type KernelLimits, type NativeInfo, native } from "./native.js";
import { toDevice } from "./operators.js";
import { Tensor } from "./tensor.js";

/** Runs `action` without recording for gradients. */
export function noGrad<T>(action: () => T): T {
  const before = native().setGradEnabled(false);
  try {
    return action();
  } finally {
    native().setGradEnabled(before);
  }
}

/** Runs `action` in bfloat16 mixed precision on the device ("cpu", "cuda:0"); weights stay float32. Calls nest. */
export function bfloat16Autocast<T>(device: string, action: () => T): T {
  const deviceType = device.split(":")[0] as string;
  const before = native().setAutocast(deviceType, true);
  try {
    return action();
  } finally {
    native().setAutocast(deviceType, before);
  }
}

/** The same values on that device ("cpu", "cuda:0"); the tensor itself where it is there already. */
export function moveTo(tensor: Tensor, device: string): Tensor {
  return tensor.device === device ? tensor : toDevice(tensor, device, tensor.dtype);
}

/** Seeds libtorch's own generators (dropout), on every device. `seed` is a whole number in [0, 2^53). */
export function seedEngine(seed: number): void {
  native().manualSeed(seed);
}

/** Sets the number of threads that one operator may use. */
export function setThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new AppError("OPTION_INVALID", {
      place: "threads",
      rule: "should be a whole number of at least 1",
      received: `${threads}`,
    });
  }
  native().setThreads(threads);
}

/** @throws AppError OPTION_INVALID unless tensors can be made on the device, such as "cpu" or "cuda:0". */
export function requireDevice(device: string): void {
  try {
    inArena(() => moveTo(Tensor.fromArray(new Float32Array(1), [1]), device).size);
  } catch (thrown) {
    const cuda = engineInfo().cuda ? "this libtorch sees a GPU" : "this libtorch sees no GPU";
    throw new AppError(
      "OPTION_INVALID",
      {
        place: "device",
        rule: `should be "cpu", or "cuda:0" where libtorch has CUDA and the machine a GPU; ${cuda}`,
        received: `"${device}"`,
        remedy: "Omit it to use the processor",
      },
      { cause: thrown },
    );
  }
}

/** libtorch's version, threads and build. */
export function engineInfo(): NativeInfo {
  return native().info();
}

let limits: KernelLimits | undefined;

/** What the addon's own operators take. */
export function kernelLimits(): KernelLimits {
  limits ??= native().limits();
  return limits;
}

/** Tensors that are neither disposed nor collected: constant over steps when nothing leaks. */
export function liveTensors(): number {
  return native().liveTensors();
}
