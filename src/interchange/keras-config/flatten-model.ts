// A Keras model configuration, Sequential or Functional, as one flat list of layer calls: models inside the model are opened,
// and a layer that is called twice stands there twice, with one place for its weights. A layer's settings are not read here.
import { AppError } from "../../core/errors.js";
import { snakeCase } from "../../model/snake-case.js";
import { maxLayers } from "../../model/validate-graph.js";
import { shown } from "./config-fields.js";
import { type CallOutput, callsOf, onlyEnd } from "./layer-calls.js";
import { isRecord } from "./layer-from-keras.js";
import { isCustom, type Json, type ListedLayer, layerList, malformed } from "./listed-layers.js";

/** One call of a layer. */
export interface FlatLayer {
  readonly className: string;
  readonly config: Json;
  /** Unique: the layer's own; inside a model, and from its second call on, with what makes it so. */
  readonly name: string;
  /** Names of what it reads. */
  readonly inputs: readonly string[];
  /** False also inside a model that is frozen as a whole. */
  readonly trainable: boolean;
  /** Keras' own names, from the outermost model's layer to the layer itself. */
  readonly path: readonly string[];
  /** Where Keras 3's files keep its weights: "layers/functional/layers/conv2d_1". */
  readonly group: string;
}

export interface FlatModel {
  readonly name: string;
  readonly kind: "Sequential" | "Functional";
  /** In topological order. */
  readonly layers: readonly FlatLayer[];
  /** Name of the layer that gives the output. */
  readonly output: string;
}

/** Models inside models inside models; more is nobody's network. */
const maxDepth = 8;

/**
 * @param whole the configuration, parsed from JSON. @param place names the file in errors.
 * @throws AppError MODEL_FILE_INVALID when it is no model configuration, MODEL_LAYER_UNSUPPORTED, MODEL_INVALID
 */
export function flattenModel(whole: unknown, place: string): FlatModel {
  if (!isRecord(whole)) return malformed(place, "the model configuration is an object", whole);
  const { class_name: className, config } = whole;
  if (typeof className !== "string" || !isModel(className) || isCustom(whole)) {
    throw new AppError("MODEL_LAYER_UNSUPPORTED", {
      place,
      rule: "the model is Sequential or Functional",
      received: isCustom(whole) ? `a custom class, ${shown(whole.registered_name ?? whole.module)}` : shown(className),
      remedy: "Rebuild it as one of the two",
    });
  }
  const flattener = new Flattener(place);
  const output = flattener.open(className, config, { path: [], group: "", name: "", isTrainable: true });
  // A model inside may branch: its layers are no chain then.
  const isChain = className === "Sequential" && flattener.layers.every(({ path }) => path.length === 1);
  const kind = isChain ? "Sequential" : "Functional";
  const given = isRecord(config) && typeof config.name === "string" ? config.name : undefined;
  const name = given ?? (className === "Sequential" ? "sequential" : "model");
  return { name, kind, layers: flattener.layers, output };
}

export const isModel = (className: string): boolean => ["Sequential", "Functional", "Model"].includes(className);

/** The layers of a model's configuration; up to Keras 2.2.2 a Sequential's was their list itself. */
export const layersIn = (config: unknown, place: string): readonly ListedLayer[] =>
  layerList(Array.isArray(config) ? config : isRecord(config) ? config.layers : undefined, place);

/**
 * The group of each layer, as keras/src/saving/saving_lib.py names them: by class, counted in the model's order. A
 * Sequential's InputLayer is none of its layers, and an operation none of any model's.
 */
export function groupsOf(
  layers: readonly { readonly className: string; readonly isOperation?: boolean }[],
  isSequential: boolean,
  prefix = "",
): readonly string[] {
  const counts = new Map<string, number>();
  return layers.map(({ className, isOperation }) => {
    if (isOperation || (isSequential && className === "InputLayer")) return "";
    const stem = snakeCase(className);
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    return `${prefix}layers/${stem}${count === 0 ? "" : `_${count}`}`;
  });
}

/** Where a model stands: the outermost, or inside others and fed by `input`. */
interface Surroundings {
  readonly path: readonly string[];
  /** Its own group, with a slash behind it; "" for the outermost. */
  readonly group: string;
  /** What the names of its layers begin with where they would not be unique. */
  readonly name: string;
  readonly input?: string | undefined;
  readonly isTrainable: boolean;
}

class Flattener {
  readonly layers: FlatLayer[] = [];
  readonly #place: string;
  /** Names that are used; the outermost model's layers keep theirs. */
  readonly #taken = new Set<string>();
  readonly #reserved = new Set<string>();
  #calls = 0;

  constructor(place: string) {
    this.#place = place;
  }

  /** Adds a model's layers. @returns the name of the one that gives its output */
  open(className: string, config: unknown, around: Surroundings): string {
    if (around.path.length > maxDepth)
      malformed(this.#place, `models stand at most ${maxDepth} deep`, around.path.length);
    const layers = layersIn(config, this.#place);
    if (around.path.length === 0) for (const { name } of layers) this.#reserved.add(name);
    return className === "Sequential"
      ? this.#sequential(layers, config, around)
      : this.#functional(layers, config, around);
  }

  #sequential(layers: readonly ListedLayer[], config: unknown, around: Surroundings): string {
    const [first = malformed(this.#place, "a Sequential has layers", config)] = layers;
    const groups = groupsOf(layers, true, around.group);
    let previous = around.input;
    if (previous === undefined && first.className !== "InputLayer") {
      // Older files give the input's shape with the first layer; Keras then names the input after it.
      const input = {
        className: "InputLayer",
        name: `${first.name}_input`,
        config: inputOf(first),
        inboundNodes: [],
        isOperation: false,
      };
      previous = this.#call(input, { inputs: [], group: "", call: 0 }, around);
    }
    for (const [i, layer] of layers.entries()) {
      if (i === 0 && layer.className === "InputLayer" && previous !== undefined) continue;
      const inputs = previous === undefined ? [] : [previous];
      previous = this.#call(layer, { inputs, group: groups[i] ?? "", call: 0 }, around);
    }
    return previous ?? "";
  }

  /** Calls come as their inputs are there: a layer that is called twice may read what is listed behind it. */
  #functional(layers: readonly ListedLayer[], config: unknown, around: Surroundings): string {
    if (!isRecord(config)) return malformed(this.#place, "a Functional model's config is an object", config);
    const input = onlyEnd(config.input_layers, "input", this.#place);
    const end = onlyEnd(config.output_layers, "output", this.#place);
    const calls = layers.map((layer) => callsOf(layer, this.#place));
    const firstCall = firstCalls(layers, [...calls.flat(2), end]);
    const groups = groupsOf(layers, false, around.group);
    const outputs = new Map<string, string>();
    const waiting = new Map<string, Pending[]>();
    let waits = 0;
    const key = ({ layer, call }: CallOutput): string => `${call} ${layer}`;
    const ready: Pending[] = [];
    const run = (pending: Pending): void => {
      const { layer, inputs, group, call } = pending;
      const missing = inputs.find((one) => !outputs.has(key(one)));
      if (missing !== undefined) {
        waits++;
        waiting.set(key(missing), [...(waiting.get(key(missing)) ?? []), pending]);
        return;
      }
      const isInput = around.input !== undefined && layer.className === "InputLayer" && layer.name === input.layer;
      const names = inputs.map((one) => outputs.get(key(one)) as string);
      const output = isInput ? (around.input as string) : this.#call(layer, { inputs: names, group, call }, around);
      const given = key({ layer: layer.name, call: call + (firstCall.get(layer.name) ?? 0) });
      outputs.set(given, output);
      const woken = waiting.get(given) ?? [];
      waiting.delete(given);
      waits -= woken.length;
      ready.push(...woken);
    };
    for (const [i, layer] of layers.entries()) {
      const ofLayer = calls[i]?.length === 0 ? [[]] : (calls[i] ?? []);
      for (const [call, inputs] of ofLayer.entries()) {
        ready.push({ layer, inputs, group: groups[i] ?? "", call });
        for (let next = ready.shift(); next !== undefined; next = ready.shift()) run(next);
      }
    }
    const output = outputs.get(key(end));
    if (waits === 0 && output !== undefined) return output;
    const [stuck] = [...waiting.values()].flat();
    throw new AppError("MODEL_INVALID", {
      place: this.#place,
      rule: stuck ? `layer "${stuck.layer.name}" reads layers that come before it` : "the output is one of the layers",
      received: shown((stuck?.inputs ?? [end]).map((one) => [one.layer, one.call])),
      remedy: "Correct the model's definition",
    });
  }

  #call(
    layer: ListedLayer,
    { inputs, group, call }: Omit<Pending, "layer" | "inputs"> & Inputs,
    around: Surroundings,
  ): string {
    if (++this.#calls > maxLayers) malformed(this.#place, `a model calls at most ${maxLayers} layers`, "more");
    const path = [...around.path, layer.name];
    const isTrainable = around.isTrainable && layer.config.trainable !== false;
    const name = this.#unique(layer.name, call, around);
    if (isModel(layer.className)) {
      const [input, ...more] = inputs;
      if (input !== undefined && more.length === 0) {
        return this.open(layer.className, layer.config, { path, group: `${group}/`, name, input, isTrainable });
      }
      if (input !== undefined) malformed(this.#place, `model "${layer.name}" reads 1 layer`, inputs.length);
    }
    this.layers.push({
      className: layer.className,
      config: layer.config,
      name,
      inputs,
      trainable: isTrainable,
      path,
      group,
    });
    return name;
  }

  #unique(own: string, call: number, around: Surroundings): string {
    const isOuter = around.path.length === 0;
    const isFree = (name: string) => !this.#taken.has(name) && !this.#reserved.has(name);
    // Two layers of one name in one model stay so, for the rules of a graph to refuse.
    const wanted = call === 0 ? own : `${own}_${call}`;
    let name = wanted;
    if (!(isOuter && call === 0) && !isFree(name)) {
      const stem = isOuter ? wanted : `${around.name}_${wanted}`;
      for (let n = 0; !isFree(name); n++) name = n === 0 ? stem : `${stem}_${n}`;
    }
    this.#taken.add(name);
    return name;
  }
}

interface Inputs {
  readonly inputs: readonly string[];
}

/** A call whose inputs may not be there yet. */
interface Pending {
  readonly layer: ListedLayer;
  readonly inputs: readonly CallOutput[];
  readonly group: string;
  readonly call: number;
}

/**
 * The number of each layer's first call. A model's begin at 1 where Keras counts the one that made it; every call that is
 * saved is read by another, so the lowest number that is read is the first.
 */
function firstCalls(layers: readonly ListedLayer[], read: readonly CallOutput[]): ReadonlyMap<string, number> {
  const models = new Set(layers.filter(({ className }) => isModel(className)).map(({ name }) => name));
  const lowest = new Map<string, number>();
  for (const { layer, call } of read) {
    if (models.has(layer)) lowest.set(layer, Math.min(call, lowest.get(layer) ?? call));
  }
  return lowest;
}

/** The settings of the InputLayer that a Sequential without one has: its first layer's, or those of the model that is its first. */
function inputOf({ className, config }: Pick<ListedLayer, "className" | "config">, depth = 0): Json {
  const shape = config.batch_input_shape ?? config.batch_shape;
  if (shape === undefined && isModel(className) && Array.isArray(config.layers) && depth < maxDepth) {
    const [first] = config.layers as unknown[];
    if (isRecord(first) && isRecord(first.config)) {
      return inputOf({ className: String(first.class_name), config: first.config }, depth + 1);
    }
  }
  return { batch_input_shape: shape };
}
