// The layers that a Keras configuration lists, before anything is asked of their classes: each has a class, a name and
// settings, is Keras' own, and is not quantized. What it calls, and how often, is read by `flatten-model.ts`.
import { AppError } from "../../core/errors.js";
import { maxLayers } from "../../model/validate-graph.js";
import { invalid } from "../invalid-model-file.js";
import { shown } from "./config-fields.js";
import { isRecord } from "./layer-from-keras.js";

export type Json = Readonly<Record<string, unknown>>;

export interface ListedLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Json;
  readonly inboundNodes: unknown;
  /** `x + y` on tensors, which Keras 3 lists among the layers and counts as none. */
  readonly isOperation: boolean;
}

/** @throws AppError MODEL_FILE_INVALID, MODEL_LAYER_UNSUPPORTED */
export function layerList(list: unknown, place: string): readonly ListedLayer[] {
  if (!Array.isArray(list)) return malformed(place, "the model configuration lists its layers", list);
  if (list.length > maxLayers) return malformed(place, `a model has at most ${maxLayers} layers`, list.length);
  return list.map((item: unknown): ListedLayer => {
    if (!isRecord(item) || typeof item.class_name !== "string" || !isRecord(item.config)) {
      return malformed(place, "a layer has a class_name and a config", item);
    }
    const name = item.name ?? item.config.name;
    if (typeof name !== "string" || name === "") return malformed(place, "a layer has a name", item);
    const layer = {
      className: item.class_name,
      name,
      config: item.config,
      inboundNodes: item.inbound_nodes ?? [],
      isOperation: typeof item.module === "string" && item.module.startsWith("keras.src.ops."),
    };
    refuseCustom(layer, item, place);
    refuseOperation(layer, place);
    refuseQuantized(layer, place);
    return layer;
  });
}

export function malformed(place: string, rule: string, received: unknown): never {
  throw invalid(place, rule, shown(received));
}

/** Keras 3 says where a class comes from: `module` of its own packages, `registered_name` ("package>Name") of others'. */
export function isCustom({ module, registered_name: registered }: Json): boolean {
  if (typeof registered === "string" && registered.includes(">")) return true;
  if (typeof module === "string") return !/^(keras|keras_core|tf_keras|tensorflow)(\.|$)/.test(module);
  return module === null && typeof registered === "string";
}

function refuseCustom({ className, name }: ListedLayer, item: Json, place: string): void {
  if (!isCustom(item)) return;
  throw new AppError("MODEL_LAYER_UNSUPPORTED", {
    place,
    rule: `layer "${name}" (${className}): a model file is data`,
    received: `a custom object, ${shown(item.registered_name ?? item.module)}, whose program code is never run`,
    remedy: "Rebuild the model in Keras with an ordinary layer in its place",
  });
}

/** Operations that are layers here: of the same name, and of tensors alone. */
export const layersAsOperations = /^(Add|Multiply|Maximum)$/;

function refuseOperation({ className, name, isOperation }: ListedLayer, place: string): void {
  if (!isOperation || layersAsOperations.test(className)) return;
  throw new AppError("MODEL_LAYER_UNSUPPORTED", {
    place: `${place}: layer "${name}" (${className})`,
    rule: "of operations on tensors, only adding, multiplying and taking the larger are layers here",
    received: className,
    remedy: "Rebuild the model in Keras with an ordinary layer in its place",
  });
}

function refuseQuantized({ className, name, config }: ListedLayer, place: string): void {
  const { dtype, quantization_config: quantization } = config;
  const policy = isRecord(dtype) ? dtype : {};
  const isQuantized =
    /^Quantized/.test(String(policy.class_name)) || (typeof dtype === "string" && /_from_/.test(dtype));
  if (!isQuantized && (quantization === undefined || quantization === null)) return;
  const mode = isRecord(policy.config) ? (policy.config.mode ?? policy.config.name) : dtype;
  throw new AppError("MODEL_LAYER_UNSUPPORTED", {
    place,
    rule: `layer "${name}" (${className}): weights are float32`,
    received: `quantized ones, ${shown(isQuantized ? mode : quantization)}`,
    remedy: "Save the model in Keras before it is quantized",
  });
}
