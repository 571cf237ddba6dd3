// How one layer of a functional model is called, in the spellings of Keras 2 and Keras 3: for each call the tensors that it
// reads, each by the layer, and the call of that layer, that gave it.
import { AppError } from "../../core/errors.js";
import { shown } from "./config-fields.js";
import { isRecord } from "./layer-from-keras.js";
import { type Json, type ListedLayer, layersAsOperations } from "./listed-layers.js";

/** A tensor: the first output of a layer's call. */
export interface CallOutput {
  readonly layer: string;
  readonly call: number;
}

/** The tensors of every call, in order. @throws AppError MODEL_LAYER_UNSUPPORTED */
export function callsOf(layer: ListedLayer, place: string): readonly (readonly CallOutput[])[] {
  const calls: unknown[] = Array.isArray(layer.inboundNodes) ? layer.inboundNodes : [];
  const refuse = (rule: string, received: unknown): never => {
    const at = `${place}: layer "${layer.name}" (${layer.className})`;
    throw new AppError("MODEL_LAYER_UNSUPPORTED", {
      place: at,
      rule,
      received: shown(received),
      remedy: "Rebuild the model so",
    });
  };
  if (calls.length === 0 && layer.className !== "InputLayer") refuse("a layer is called", "no call");
  return calls.map((call) => {
    const isMerging = layersAsOperations.test(layer.className);
    const tensors = isRecord(call) ? keras3Tensors(call, isMerging, refuse) : keras2Tensors(call, refuse);
    return tensors.map((tensor) => callOutput(tensor) ?? refuse("a layer reads the first output of others", tensor));
  });
}

/** The one input or output: `[["name", 0, 0]]`, or `["name", 0, 0]` as Keras 3 writes a single one. */
export function onlyEnd(list: unknown, what: string, place: string): CallOutput {
  const ends: unknown[] = Array.isArray(list) ? list : [];
  const only = typeof ends[0] === "string" ? ends : ends[0];
  const count = typeof ends[0] === "string" ? 1 : ends.length;
  const end = Array.isArray(only) ? callOutput(only) : undefined;
  if (count === 1 && end !== undefined) return end;
  throw new AppError("MODEL_LAYER_UNSUPPORTED", {
    place,
    rule: `the model has one ${what}`,
    received: shown(list),
    remedy: `Save a model with one ${what}`,
  });
}

/** `["conv2d", call, output]` */
function callOutput([layer, call, output]: readonly unknown[]): CallOutput | undefined {
  if (typeof layer !== "string" || typeof call !== "number" || !Number.isInteger(call) || call < 0) return undefined;
  return output === 0 ? { layer, call } : undefined;
}

type Refuse = (rule: string, received: unknown) => never;

/** Keras 2: `[["conv2d", 0, 0, {}], …]`. */
function keras2Tensors(call: unknown, refuse: Refuse): readonly unknown[][] {
  const list = Array.isArray(call) ? call : refuse("a call lists its inputs", call);
  return list.map((item: unknown) => {
    const tensor: unknown[] = Array.isArray(item) ? item : refuse("a call lists its inputs", item);
    checkArguments(tensor[3] ?? {}, refuse);
    return tensor;
  });
}

/** Keras 3: `{ args: [tensor] | [[tensor, …]], kwargs }`, for `x + y` also `[tensor, tensor]`, with `tensor.config.keras_history = ["conv2d", 0, 0]`. */
function keras3Tensors(call: Json, isMerging: boolean, refuse: Refuse): readonly unknown[][] {
  checkArguments(call.kwargs ?? {}, refuse, [true, false]);
  const args: unknown[] = Array.isArray(call.args) ? call.args : [];
  const [only, ...more] = args;
  if (more.length > 0 && !isMerging) refuse("a call takes its inputs as one argument", args);
  return (Array.isArray(only) ? (only as unknown[]) : args).map((tensor) => {
    const history = isRecord(tensor) && isRecord(tensor.config) ? tensor.config.keras_history : undefined;
    return Array.isArray(history) ? history : refuse("a call lists its inputs", tensor);
  });
}

/**
 * Keyword arguments of a call; those that leave inference as it is may stay. Keras 3 lists `training` as a layer has it by
 * default and goes by what the whole model is called with; Keras 2 keeps one that was asked for.
 */
function checkArguments(given: unknown, refuse: Refuse, training: readonly boolean[] = [false]): void {
  const named = isRecord(given) ? given : refuse("a call's keyword arguments are an object", given);
  const harmless = Object.entries(named).every(
    ([key, value]) => value === null || (key === "training" && training.some((one) => one === value)),
  );
  if (!harmless) refuse("a layer is called without arguments of its own", given);
}
