// The training engine's operators with wrong shapes, types, layouts and numbers. No file of others reaches them: what is
// shown here is that a wrong call ends in an error, never in the process' end or in somebody else's memory.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../src/core/package.js";
import type { Random } from "../../../src/core/random.js";
import { addonFile, addonFolder } from "../../../src/tensor/addon-folder.js";
import { type BoundOperator, bind } from "../../../src/tensor/bind.js";
import { type DType, scalarType } from "../../../src/tensor/dtypes.js";
import { setThreads } from "../../../src/tensor/engine.js";
import { native } from "../../../src/tensor/native.js";
import { gradients, Tensor } from "../../../src/tensor/tensor.js";
import { once, pick } from "../structured/choose.js";
import { bytesText, type FuzzReader, type OpenReader, textBytes } from "./reader.js";

type Argument =
  | {
      readonly tensor: {
        readonly shape: readonly number[];
        readonly dtype: DType;
        readonly isTurned: boolean;
        readonly needsGradient: boolean;
      };
    }
  | { readonly value: number | boolean | string | null }
  | { readonly list: readonly Argument[] };

interface Call {
  readonly operator: string;
  readonly names: readonly string[];
  readonly arguments: readonly Argument[];
  readonly wantsGradient: boolean;
}

const dtypes: readonly DType[] = [
  "float32",
  "float32",
  "float32",
  "float32",
  "float64",
  "uint8",
  "int32",
  "int64",
  "bfloat16",
  "bool",
];
const sizes = [0, 1, 1, 2, 2, 3, 4, 5, 7, 8, 16, 31, 32, 33, 64];
/** Beyond any memory at once: what lies between would only be a large tensor. */
const hostileIntegers = [-1, -2, -3, 0, 2 ** 46, -(2 ** 46), Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];
const hostileNumbers = [0, -1, 0.5, 1e-300, 1e300, -1e300, 5e-324, 1e39];
/** As operators.ts names them: the generated file is the list of what the product calls. */
const operators = [
  ...readFileSync(join(packageRoot(), "src", "tensor", "operators.ts"), "utf8").matchAll(/= bind\(\s*"([^"]+)"/g),
].map(([, name]) => name as string);

const isBuilt = (): boolean => existsSync(addonFile(addonFolder()));

/** Mostly of four dimensions, as pictures are; shapes of one call are near each other, or nothing would ever fit. */
function tensorArgument(random: Random, base: readonly number[]): Argument {
  const shape = once(random, 3)
    ? Array.from({ length: pick(random, [0, 1, 2, 3, 4, 4, 5]) }, () => pick(random, sizes))
    : once(random, 3)
      ? base.map((size) => (once(random, 4) ? pick(random, sizes) : size))
      : pick(random, [base, [base[1] ?? 1], [base[1] ?? 1, 1, 3, 3], [32, base[1] ?? 1, 3, 3], [32]]);
  const isSmall = shape.reduce((product, size) => product * size, 1) <= 300_000;
  return {
    tensor: {
      shape: isSmall ? shape : shape.map((size) => Math.min(size, 4)),
      dtype: pick(random, dtypes),
      isTurned: once(random, 3),
      needsGradient: once(random, 3),
    },
  };
}

function argumentOf(type: string, random: Random, base: readonly number[]): Argument {
  if (once(random, 40))
    return pick(random, [{ value: null }, { value: "x" }, { value: true }, { list: [] }, { value: 1.5 }]);
  if (type.endsWith("?")) return once(random, 2) ? { value: null } : argumentOf(type.slice(0, -1), random, base);
  const list = /^(.*)\[\d*\]$/.exec(type);
  if (list !== null) {
    const length = pick(random, [0, 1, 2, 2, 2, 3, 4, 4, 4, 6]);
    return { list: Array.from({ length }, () => argumentOf(list[1] as string, random, base)) };
  }
  switch (type) {
    case "Tensor":
      return tensorArgument(random, base);
    case "int":
    case "SymInt":
      return { value: once(random, 8) ? pick(random, hostileIntegers) : random.integer(6) - 1 };
    case "float":
    case "Scalar":
    case "number":
      return { value: once(random, 4) ? pick(random, hostileNumbers) : random.integer(5) };
    case "bool":
      return { value: once(random, 2) };
    case "str":
      return { value: pick(random, ["linear", "relu", "relu6", "none", "", "mean"]) };
    case "Device":
      return { value: pick(random, ["cpu", "cpu", "cuda", "meta", "x"]) };
    default:
      return { value: pick(random, [0, 1, 6, 15, 99]) };
  }
}

/** Half of the calls go to the operators that are our own. */
function hostileCall(random: Random): Uint8Array {
  const own = operators.filter((name) => name.startsWith("pneumoscope::"));
  const operator = pick(random, once(random, 2) ? own : operators);
  const schema = native().describe(operator);
  const base = [pick(random, [0, 1, 2, 3]), pick(random, [1, 3, 8, 32]), pick(random, sizes), pick(random, sizes)];
  const call: Call = {
    operator,
    names: schema.arguments.map(({ name }) => name),
    arguments: schema.arguments.map(({ type }) => argumentOf(type, random, base)),
    wantsGradient: once(random, 2),
  };
  return textBytes(JSON.stringify(call));
}

const cast = bind("aten::to.dtype", ["self", "dtype"]);
const turn = bind("aten::permute", ["self", "dims"]);
const total = bind("aten::sum", ["self"]);
const bound = new Map<string, BoundOperator>();

function made(argument: Argument, tensors: Tensor[]): never {
  if ("value" in argument) return argument.value as never;
  if ("list" in argument) return argument.list.map((one) => made(one, tensors)) as never;
  const { shape, dtype, isTurned, needsGradient } = argument.tensor;
  const length = shape.reduce((product, size) => product * size, 1);
  const from = isTurned ? [...shape].reverse() : shape;
  const keep = (tensor: Tensor): Tensor => {
    tensors.push(tensor);
    return tensor;
  };
  let tensor = keep(
    Tensor.fromArray(
      Float32Array.from({ length }, (_, i) => (i % 7) - 3),
      from,
    ),
  );
  if (dtype !== "float32") tensor = keep(new Tensor(cast(tensor, scalarType(dtype)) as never));
  if (isTurned)
    tensor = keep(
      new Tensor(
        turn(
          tensor,
          shape.map((_, i) => shape.length - 1 - i),
        ) as never,
      ),
    );
  if (needsGradient && dtype.startsWith("float")) tensor.requireGrad();
  return tensor as never;
}

function perform({ operator, names, arguments: given, wantsGradient }: Call): void {
  const tensors: Tensor[] = [];
  try {
    const run = bound.get(operator) ?? bind(operator, names);
    bound.set(operator, run);
    const values = given.map((argument) => made(argument, tensors));
    const result = run(...(values as never[]));
    const results = (Array.isArray(result) ? result : [result])
      .filter((one) => typeof one === "object" && one !== null)
      .map((one) => new Tensor(one as never));
    tensors.push(...results);
    for (const one of results) if (one.size < 1e6 && one.device === "cpu") one.toFloat32();
    const [first] = results;
    if (!wantsGradient || first === undefined) return;
    const sum = new Tensor(total(first) as never);
    tensors.push(sum);
    tensors.push(...gradients(sum, tensors.slice(0, given.length)));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

async function openOperators(): Promise<OpenReader> {
  setThreads(1);
  return {
    read: async (bytes) => {
      const before = native().liveTensors();
      let refusal: unknown;
      try {
        perform(JSON.parse(bytesText(bytes)) as Call);
      } catch (thrown) {
        refusal = thrown;
      }
      const kept = native().liveTensors() - before;
      if (kept !== 0) throw new Error(`${kept} tensors are kept`, { cause: refusal });
      if (refusal !== undefined) throw refusal;
    },
    close: async () => undefined,
  };
}

const soundCall: Call = {
  operator: "pneumoscope::conv3x3",
  names: ["x", "weight", "bias"],
  arguments: [
    { tensor: { shape: [2, 3, 8, 8], dtype: "float32", isTurned: false, needsGradient: true } },
    { tensor: { shape: [32, 3, 3, 3], dtype: "float32", isTurned: false, needsGradient: true } },
    { tensor: { shape: [32], dtype: "float32", isTurned: false, needsGradient: true } },
  ],
  wantsGradient: true,
};

/** None where the engine is not built. */
export const operatorReaders = (): readonly FuzzReader[] =>
  isBuilt()
    ? [
        {
          name: "operators",
          weight: 40,
          seeds: async () => [textBytes(JSON.stringify(soundCall))],
          structured: hostileCall,
          isStructuredOnly: true,
          open: openOperators,
        },
      ]
    : [];
