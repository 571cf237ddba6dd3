// Operators of libtorch by schema name, for operators.ts: bound to the names of their arguments when first called.
import { AppError } from "../core/errors.js";
import { type NativeResult, type NativeValue, native } from "./native.js";
import { guard, Tensor } from "./tensor.js";

export type Value = Tensor | number | boolean | string | null | undefined | readonly Value[];

/** Calls an operator with values in the order of its argument names; undefined stands for the schema's default. */
export type BoundOperator = (...values: Value[]) => NativeResult;

/**
 * The operator with that schema name ("aten::add.Tensor"). Arguments are found by name, so a schema that another libtorch
 * orders otherwise or extends is called rightly, and one that lacks an argument refuses a value for it.
 * Calls throw AppError ENGINE_OPERATOR with the operator's name and libtorch's message.
 */
export function bind(name: string, argumentNames: readonly string[]): BoundOperator {
  let bound: number | undefined;
  return (...values) =>
    guard(name, () => {
      bound ??= native().bind(name, argumentNames);
      return native().call(bound, values.map(toNative));
    });
}

/** The one tensor that an operator gives. */
export function one(result: NativeResult): Tensor {
  if (typeof result === "object" && result !== null && !Array.isArray(result)) return new Tensor(result);
  throw new AppError("ENGINE_OPERATOR", {
    place: "operator",
    rule: "the result should be a tensor",
    received: "another value",
  });
}

/** The tensors that an operator gives. */
export function many<T extends readonly Tensor[]>(result: NativeResult): T {
  if (Array.isArray(result)) return result.map(one) as readonly Tensor[] as T;
  throw new AppError("ENGINE_OPERATOR", {
    place: "operator",
    rule: "the results should be several tensors",
    received: "one value",
  });
}

function toNative(value: Value): NativeValue {
  if (value instanceof Tensor) return value.handle;
  if (typeof value === "object" && value !== null) return value.map(toNative);
  return value;
}
