// Which layers of a model take which weights of a file that was made for its backbone: the backbone must match
// completely, layers that are named as fresh stay out, and the file's own top is passed by. Nothing is read here.
import { AppError } from "../core/errors.js";
import { didYouMean } from "../core/nearest.js";
import { renumbered } from "./automatic-names.js";
import type { LayerClassName } from "./layers.js";
import { type DeclaredLayer, layerDifferences, mismatch } from "./match-weights.js";
import type { ModelGraph } from "./model-graph.js";
import { type WeightSpec, weightSpecsOf } from "./shapes.js";
import { weightName } from "./weight-names.js";

export interface PretrainedRequest {
  readonly graph: ModelGraph;
  /** Where the layers begin that were added to the backbone; null when the whole model must match. */
  readonly firstHeadLayer: string | null;
  /** Layers that start with random weights on purpose, whatever the file holds. */
  readonly fresh: readonly string[];
  /** Layers that the file may call otherwise: the model's name -> the file's, as the registry has it. */
  readonly otherNames?: Readonly<Record<string, string>>;
}

/** What a file holds: its layers that have weights, in the order of its model. */
export type DeclaredLayers = ReadonlyMap<string, DeclaredLayer>;

export interface PretrainedPlan {
  /** Layer of the model -> layer of the file and, by the model's weight names, the file's. */
  readonly taken: ReadonlyMap<string, { readonly layer: string; readonly weights: ReadonlyMap<string, string> }>;
  /** Layers of the model that start with random weights, in its order. */
  readonly freshLayers: readonly string[];
  /** Layers of the file beyond the backbone (its own top), and those that stay fresh on purpose. */
  readonly unusedLayers: readonly string[];
}

/**
 * Head layers are taken when the file has all of them, so that a whole model of ours can be trained further; when it
 * has none of them they start fresh. In between it is a model with another head, which is refused.
 * @param place names the file in errors
 * @throws AppError WEIGHTS_MISMATCH listing all that is missing, extra or misshapen; OPTION_INVALID for a fresh layer that
 *   the model does not have
 */
export function matchPretrained(request: PretrainedRequest, declared: DeclaredLayers, place: string): PretrainedPlan {
  const { graph, firstHeadLayer, otherNames = {} } = request;
  const specs = weightSpecsOf(graph);
  const fresh = checkFresh(request.fresh, graph, specs);
  const head = headLayers(graph, firstHeadLayer, specs);
  const backbone = [...specs.keys()].filter((layer) => !fresh.has(layer) && !head.has(layer));
  const numbered = renumbered(graph, new Set(backbone), new Set(declared.keys()));
  const file = new FileLayers(graph, declared, otherNames, numbered);
  const differences = backbone.flatMap((layer) => file.differences(layer, specs.get(layer) ?? []));

  const wantedHead = [...head].filter((layer) => !fresh.has(layer));
  const fitting = wantedHead.filter((layer) => file.differences(layer, specs.get(layer) ?? []).length === 0);
  if (fitting.length > 0) {
    differences.push(...wantedHead.flatMap((layer) => file.differences(layer, specs.get(layer) ?? [])));
  }
  const takenNames = [...backbone, ...fitting];
  const extra = file.beside(takenNames, new Set([...fresh, ...head]));
  const beyond = firstHeadLayer === null ? [] : extra.afterBackbone;
  const misplaced = firstHeadLayer === null ? [...extra.between, ...extra.afterBackbone] : extra.between;
  differences.push(...misplaced.map((layer) => `layer ${layer} is not in the model`));
  if (differences.length > 0) {
    const part = firstHeadLayer === null ? "" : ` before "${firstHeadLayer}"`;
    const rule = `holds every layer of "${graph.name}"${part}, by layer, name and shape`;
    const remedy = "Use a file of this model, or name as fresh the layers that shall start with random weights";
    throw mismatch({ place, rule, remedy, reason: likelyReason(backbone, specs, file) }, differences);
  }
  return {
    taken: new Map(takenNames.map((layer) => [layer, file.source(layer)])),
    freshLayers: [...specs.keys()].filter((layer) => !takenNames.includes(layer)),
    unusedLayers: [...extra.replaced, ...beyond],
  };
}

function checkFresh(
  names: readonly string[],
  graph: ModelGraph,
  specs: ReadonlyMap<string, unknown>,
): ReadonlySet<string> {
  for (const name of names) {
    if (specs.has(name)) continue;
    const hint = graph.nodes.some((node) => node.name === name)
      ? "That layer has no weights"
      : didYouMean(name, [...specs.keys()]);
    const rule = `layers of "${graph.name}" that have weights`;
    throw new AppError("OPTION_INVALID", { place: "fresh", rule, received: `"${name}"`, remedy: hint });
  }
  return new Set(names);
}

function headLayers(
  graph: ModelGraph,
  firstHeadLayer: string | null,
  specs: ReadonlyMap<string, unknown>,
): ReadonlySet<string> {
  const names = graph.nodes.map((node) => node.name);
  const start = firstHeadLayer === null ? names.length : names.indexOf(firstHeadLayer);
  if (start < 0) throw new TypeError(`"${firstHeadLayer}" is a layer of "${graph.name}"`);
  return new Set(names.slice(start).filter((name) => specs.has(name)));
}

/** The file's layers, found by the model's names, in the spellings that Keras had for them over time. */
class FileLayers {
  readonly #declared: DeclaredLayers;
  readonly #otherNames: ReadonlyMap<string, string>;
  /** The file's number may be another layer's name here: it comes first. */
  readonly #numbered: ReadonlyMap<string, string>;
  readonly #bySpelling: ReadonlyMap<string, string>;
  readonly #classes: ReadonlyMap<string, LayerClassName>;
  readonly #specs: ReadonlyMap<string, readonly WeightSpec[]>;

  constructor(
    graph: ModelGraph,
    declared: DeclaredLayers,
    otherNames: Readonly<Record<string, string>>,
    numbered: ReadonlyMap<string, string>,
  ) {
    this.#declared = declared;
    this.#otherNames = new Map(Object.entries(otherNames));
    this.#numbered = numbered;
    this.#bySpelling = new Map([...declared.keys()].reverse().map((name) => [layerSpelling(name), name]));
    this.#specs = weightSpecsOf(graph);
    this.#classes = new Map(graph.nodes.map(({ name, className }) => [name, className]));
  }

  has(layer: string): boolean {
    return this.#nameOf(layer) !== undefined;
  }

  /** The layer's weights under the model's names for them. */
  weights(layer: string): DeclaredLayer | undefined {
    const found = this.#declared.get(this.#nameOf(layer) ?? "");
    if (found === undefined) return undefined;
    return new Map([...found].map(([name, weight]) => [this.#weightName(layer, name), weight]));
  }

  differences(layer: string, specs: readonly WeightSpec[]): readonly string[] {
    return layerDifferences(layer, specs, this.weights(layer));
  }

  /** Where a layer that was found has its weights. */
  source(layer: string): { readonly layer: string; readonly weights: ReadonlyMap<string, string> } {
    const name = this.#nameOf(layer) ?? layer;
    const weights = [...(this.#declared.get(name)?.keys() ?? [])];
    return { layer: name, weights: new Map(weights.map((weight) => [this.#weightName(layer, weight), weight])) };
  }

  /** The file's layers that are not taken: `replaced` ones the model has anew, others by where they stand. */
  beside(taken: readonly string[], replaceable: ReadonlySet<string>) {
    const names = [...this.#declared.keys()];
    const used = new Set(taken.map((layer) => this.#nameOf(layer)));
    const replacedNames = new Set([...replaceable].map((layer) => this.#nameOf(layer)));
    const end = Math.max(-1, ...[...used].map((name) => (name === undefined ? -1 : names.indexOf(name))));
    const others = names.filter((name) => !used.has(name));
    const replaced = others.filter((name) => replacedNames.has(name));
    const unknown = others.filter((name) => !replacedNames.has(name));
    return {
      replaced,
      between: unknown.filter((name) => names.indexOf(name) < end),
      afterBackbone: unknown.filter((name) => names.indexOf(name) > end),
    };
  }

  #nameOf(layer: string): string | undefined {
    const numbered = this.#numbered.get(layer);
    if (numbered !== undefined) return numbered;
    if (this.#declared.has(layer)) return layer;
    const other = this.#otherNames.get(layer);
    return other !== undefined && this.#declared.has(other) ? other : this.#bySpelling.get(layerSpelling(layer));
  }

  /** Keras 3's own layout of weights numbers them in the layer's order. */
  #weightName(layer: string, name: string): string {
    if (/^\d+$/.test(name)) return this.#specs.get(layer)?.[Number(name)]?.name ?? name;
    return weightName(this.#classes.get(layer), name);
  }
}

/** Keras 2 wrote `conv1/conv` where Keras 3 writes `conv1_conv`; before both, ResNets had `bn_conv1` for `conv1_bn`. */
export function layerSpelling(layer: string): string {
  return layer.replaceAll("/", "_").replace(/^bn_(.+)$/, "$1_bn");
}

/** A sentence on what kind of file it probably is, for people who took the wrong one; undefined where none suggests itself. */
function likelyReason(
  backbone: readonly string[],
  specs: ReadonlyMap<string, readonly WeightSpec[]>,
  file: FileLayers,
): string | undefined {
  const found = backbone.filter((layer) => file.has(layer));
  if (found.length < backbone.length / 2) {
    return `It is another model: ${found.length} of ${backbone.length} layers have these names`;
  }
  const widths = found.flatMap((layer) => {
    const received = file.weights(layer);
    return (specs.get(layer) ?? []).flatMap(({ name, shape }) => {
      const width = received?.get(name)?.shape.at(-1);
      return width === undefined || /^depthwise/.test(name) ? [] : [width / (shape.at(-1) ?? 1)];
    });
  });
  const [ratio = 1] = widths;
  const misshapen = found.filter((layer) => file.differences(layer, specs.get(layer) ?? []).length > 0);
  if (misshapen.length === 1 && misshapen[0] === backbone.at(-1)) return "Its last layer has another number of classes";
  // Families round their widths to whole channels, some to multiples of eight.
  const isScaled = ratio !== 1 && widths.every((width) => Math.abs(width / ratio - 1) < 0.1);
  return isScaled ? `Its layers are ${Number(ratio.toFixed(3))} times as wide: another alpha` : undefined;
}
