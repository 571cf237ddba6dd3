// The addon as TypeScript sees it, loaded on first use: commands that need no engine work without libtorch.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { AppError, messageOf } from "../core/errors.js";
import { addonFile, addonFolder } from "./addon-folder.js";

/** Its name in messages. */
export const trainingEngine = "training engine";

declare const handleBrand: unique symbol;
/** An opaque reference to one at::Tensor. */
export type Handle = { readonly [handleBrand]: true };

/** What an operator's schema can take: positional values, null for None. */
export type NativeValue = Handle | number | boolean | string | null | undefined | readonly NativeValue[];
export type NativeResult = Handle | number | boolean | string | null | undefined | NativeResult[];
export type TensorArray = Uint8Array | Int8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

/** The functions of native/addon.cc; see the comments there. */
export interface Native {
  bind(operator: string, argumentNames: readonly string[]): number;
  call(bound: number, values: readonly NativeValue[]): NativeResult;
  describe(operator: string): OperatorSchema;
  fromArray(array: TensorArray, shape: readonly number[], device: string): Handle;
  intoArray<A extends TensorArray>(handle: Handle, array: A): A;
  gatherRows(array: Uint8Array, rowLength: number, indices: Int32Array, device: string): Handle;
  beginRead(handle: Handle): number;
  read(begun: number): Handle;
  shape(handle: Handle): number[];
  dtype(handle: Handle): string;
  device(handle: Handle): string;
  dispose(handle: Handle): void;
  liveTensors(): number;
  setRequiresGrad(handle: Handle, required: boolean): void;
  gradients(output: Handle, inputs: readonly Handle[]): (Handle | null)[];
  gradientsAsTheyCome(
    output: Handle,
    inputs: readonly Handle[],
    tell: (input: number, gradient: Handle) => void,
  ): undefined;
  setGradEnabled(enabled: boolean): boolean;
  setAutocast(deviceType: string, enabled: boolean): boolean;
  manualSeed(seed: number): void;
  setThreads(threads: number): void;
  joinGroup(
    host: string,
    port: number,
    rank: number,
    size: number,
    address: string,
    isInterface: boolean,
    hasGpu: boolean,
    timeoutMs: number,
  ): Promise<number>;
  leaveGroup(group: number): void;
  setKey(group: number, key: string, value: string): void;
  valueOfKey(group: number, key: string): string | null;
  allReduce(group: number, tensor: Handle): number;
  broadcast(group: number, tensor: Handle, from: number): number;
  allGather(group: number, input: Handle, output: Handle): number;
  exchange(group: number, input: Handle, sent: readonly number[], output: Handle, received: readonly number[]): number;
  ended(begun: number): Promise<number>;
  info(): NativeInfo;
  limits(): KernelLimits;
}

/** An operator's schema; types as libtorch writes them ("Tensor?", "int[]"). */
export interface OperatorSchema {
  /** All of it, as libtorch prints it. */
  readonly text: string;
  readonly arguments: readonly SchemaArgument[];
  readonly returns: readonly string[];
}

export interface SchemaArgument {
  readonly name: string;
  readonly type: string;
  readonly hasDefault: boolean;
  /** Whether the operator changes it, as in-place ones do. */
  readonly isWritten: boolean;
}

/** What the addon's own operators take, on every processor. */
export interface KernelLimits {
  /** conv3x3: output channels are a multiple of this. */
  readonly conv3x3Block: number;
  /** depthwise: the most weights that one kernel may have. */
  readonly depthwiseTaps: number;
  /** norm_activation: the activations that it knows. */
  readonly normActivations: readonly string[];
}

export interface NativeInfo {
  /** libtorch's version, e.g. "1.13.1". */
  readonly version: string;
  readonly threads: number;
  /** libtorch's own description of its build: compiler, BLAS, oneDNN, CPU capability in use. */
  readonly config: string;
  readonly mkldnn: boolean;
  readonly cuda: boolean;
  /** Whether it has torch.distributed (c10d with gloo), by which several processes train together. */
  readonly processGroups: boolean;
  /** Whether it also has NCCL, by which GPUs do. */
  readonly gpuProcessGroups: boolean;
}

let loaded: Native | undefined;

/** @throws AppError ENGINE_MISSING when the addon is not built or libtorch cannot be loaded. */
export function native(): Native {
  loaded ??= load(addonFile(addonFolder()));
  return loaded;
}

function load(file: string): Native {
  if (!existsSync(file)) throw missing(`${file} is there once set-up has built it`, "Set it up");
  // GNU OpenMP, which reads this as it is loaded, has threads wait for each other by spinning: beside other busy programs that
  // costs up to two thirds of the speed (bench/waiting-threads.ts).
  process.env.OMP_WAIT_POLICY ??= "PASSIVE";
  try {
    return createRequire(import.meta.url)(file) as Native;
  } catch (thrown) {
    throw missing(`${file} cannot be loaded: ${messageOf(thrown)}`, "Set it up again", thrown);
  }
}

function missing(rule: string, remedy: string, cause?: unknown): AppError {
  return new AppError("ENGINE_MISSING", { place: trainingEngine, rule, remedy }, { cause });
}
