// A model by others as one that gives P(pneumonia): what its outputs and its pixels are taken for, by what was asked, by
// what the file says, and where neither says anything, by an assumption that is shown.
import { AppError } from "../core/errors.js";
import { actsByChance } from "../model/layers.js";
import type { LayerNode, ModelGraph } from "../model/model-graph.js";
import { inferShapes } from "../model/shapes.js";
import type { WeightMap } from "../model/weights.js";
import type { PixelRange } from "./pixel-range.js";
import { pneumoniaScored } from "./pneumonia-scored.js";
import { type ClassOrder, isClassOrder, orderOfLabels, type ScoreMeaning } from "./score-meaning.js";

/** What is asked of a file that does not say how it wants to be read. */
export interface ForeignOptions {
  readonly scores?: ScoreMeaning | undefined;
  readonly pixels?: PixelRange | undefined;
}

/** What the file itself says. */
export interface ForeignFile {
  readonly file: string;
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
  /** Its names for its classes. */
  readonly labels?: readonly string[] | undefined;
  /** Where its kind is known to prepare pixels in one way. */
  readonly pixels?: PixelRange | undefined;
}

type Source = "asked" | "file" | "assumed";

/** What a model by others is taken for. */
export interface Assumption {
  /** How its output is a probability. */
  readonly output: "sigmoid" | "logit" | "softmax" | "two logits";
  readonly scores: ScoreMeaning;
  readonly scoresFrom: Source;
  readonly pixels: PixelRange;
  readonly pixelsFrom: Source;
}

/**
 * The model with one sigmoid output, P(pneumonia).
 * @throws AppError MODEL_INVALID where its output is none of `Assumption`'s, or of two classes nobody says which is which;
 *   OPTION_INVALID where what was asked does not go with its outputs
 */
export function withProbability(
  given: ForeignFile,
  options: ForeignOptions = {},
): { readonly graph: ModelGraph; readonly weights: WeightMap; readonly assumed: Assumption } {
  const output = outputOf(given);
  const pixels = pixelsOf(given, options);
  switch (output) {
    case "sigmoid":
    case "logit": {
      const scores = options.scores ?? "pneumonia";
      if (isClassOrder(scores)) throw orderInvalid(given.file, "one output", scores, '"pneumonia" or "normal"');
      const model = { ...given, graph: output === "logit" ? withSigmoid(given.graph) : given.graph };
      const { graph, weights } = scores === "normal" ? pneumoniaScored(model) : model;
      const scoresFrom = options.scores === undefined ? "assumed" : "asked";
      return { graph, weights, assumed: { output, scores, scoresFrom, ...pixels } };
    }
    case "softmax":
    case "two logits": {
      const { scores, scoresFrom } = orderOf(given, options);
      return { ...withDifference(given, scores), assumed: { output, scores, scoresFrom, ...pixels } };
    }
    default:
      return output satisfies never;
  }
}

/** @throws AppError MODEL_INVALID where nobody says how a model by others is read: a file of ours does */
export function requireSaid(place: string, assumed: Assumption | undefined): void {
  if (assumed?.scoresFrom !== "assumed" && assumed?.pixelsFrom !== "assumed") return;
  throw new AppError("MODEL_INVALID", {
    place,
    rule: "a file of ours says how its pixels are scaled and what its score means",
    received: `a model that does not say ${assumed.scoresFrom === "assumed" ? "what its score means" : "how its pixels are scaled"}`,
    remedy: "Give scores and pixels, as whoever trained it knows them",
  });
}

function outputOf({ file, graph }: ForeignFile): Assumption["output"] {
  const shape = inferShapes(graph).get(graph.output) ?? [];
  const last = graph.nodes.find((node) => node.name === graph.output);
  const activation = last !== undefined && "activation" in last.config ? last.config.activation : "linear";
  if (shape.join() === "1" && activation === "sigmoid") return "sigmoid";
  if (shape.join() === "1" && activation === "linear") return "logit";
  if (shape.join() === "2" && activation === "softmax") return "softmax";
  if (shape.join() === "2" && activation === "linear") return "two logits";
  throw new AppError("MODEL_INVALID", {
    place: `${file}, layer "${graph.output}"`,
    rule: "the output should be one sigmoid, a softmax of two classes, or the logits of either",
    received: `[${shape}], activation "${activation}"`,
    remedy: "Choose a model that ends in one of them, or save it with such an end: two classes, normal and pneumonia",
  });
}

function orderOf(
  { file, labels = [] }: ForeignFile,
  { scores }: ForeignOptions,
): { readonly scores: ClassOrder; readonly scoresFrom: Source } {
  const remedy = '"normal,pneumonia" or "pneumonia,normal", the classes in the order of the outputs';
  if (scores !== undefined) {
    if (!isClassOrder(scores)) throw orderInvalid(file, "two outputs", scores, remedy);
    return { scores, scoresFrom: "asked" };
  }
  const found = orderOfLabels(labels);
  if (found !== null) return { scores: found, scoresFrom: "file" };
  throw new AppError("MODEL_INVALID", {
    place: file,
    rule: "of a model with two outputs it must be known which one is pneumonia",
    received: labels.length === 0 ? "a file that does not say" : `classes ${JSON.stringify(labels).slice(0, 200)}`,
    remedy: `Give scores ${remedy}`,
  });
}

const orderInvalid = (file: string, has: string, scores: ScoreMeaning, remedy: string): AppError =>
  new AppError("OPTION_INVALID", {
    place: file,
    rule: `the model has ${has}`,
    received: `scores "${scores}"`,
    remedy: `Give ${remedy}`,
  });

/** A logit's own sigmoid, as a layer of its own. */
function withSigmoid(graph: ModelGraph): ModelGraph {
  const name = freeName(graph, "probability_of_logit");
  return withEnd(graph, { className: "Activation", config: { activation: "sigmoid" }, name });
}

/** The softmax of two values is the sigmoid of their difference: a dense layer over both logits gives it. */
function withDifference({ graph, weights }: ForeignFile, scores: ClassOrder): Pick<ForeignFile, "graph" | "weights"> {
  const nodes = graph.nodes.map((node): LayerNode => {
    if (node.name !== graph.output || !("activation" in node.config)) return node;
    return { ...node, config: { ...node.config, activation: "linear" } } as LayerNode;
  });
  const name = freeName(graph, "pneumonia_of_two");
  const kernel = Float32Array.from(scores === "normal,pneumonia" ? [-1, 1] : [1, -1]);
  const end = withEnd(
    { ...graph, nodes },
    { className: "Dense", config: { units: 1, activation: "sigmoid", useBias: false }, name },
  );
  return { graph: end, weights: new Map([...weights, [name, new Map([["kernel", { shape: [2, 1], data: kernel }]])]]) };
}

type End = Pick<LayerNode, "name" | "className" | "config">;

function withEnd(graph: ModelGraph, end: End): ModelGraph {
  const node = { ...end, inputs: [graph.output], trainable: true } as LayerNode;
  return { ...graph, nodes: [...graph.nodes, node], output: end.name };
}

function freeName({ nodes }: ModelGraph, name: string): string {
  return nodes.some((node) => node.name === name) ? freeName({ nodes } as ModelGraph, `${name}_`) : name;
}

function pixelsOf(
  given: ForeignFile,
  { pixels }: ForeignOptions,
): { readonly pixels: PixelRange; readonly pixelsFrom: Source } {
  if (pixels !== undefined) return { pixels, pixelsFrom: "asked" };
  const found = scaledInside(given.graph) ?? given.pixels;
  return found === undefined ? { pixels: "0..1", pixelsFrom: "assumed" } : { pixels: found, pixelsFrom: "file" };
}

/** What a Rescaling or a Normalization at the input takes its pixels for; undefined where there is none that tells. */
function scaledInside({ nodes }: ModelGraph): PixelRange | undefined {
  let name = nodes[0]?.name;
  for (const node of nodes.slice(1)) {
    if (node.inputs.length !== 1 || node.inputs[0] !== name) return undefined;
    if (node.className === "Rescaling") {
      const scale = Math.max(...[node.config.scale].flat().map(Math.abs));
      const offset = Math.min(...[node.config.offset].flat());
      if (scale <= 1 / 50) return "0..255"; // 1 / 255, 1 / 127.5, and those over a deviation
      return scale >= 1.5 && scale <= 2.5 && offset === -1 ? "0..1" : undefined;
    }
    if (node.className === "Normalization") return Math.max(...node.config.mean) > 2 ? "0..255" : undefined;
    if (!actsByChance(node.className) && !beforeScaling.includes(node.className)) return undefined;
    name = node.name;
  }
  return undefined;
}

const beforeScaling: readonly LayerNode["className"][] = ["Resizing", "CenterCrop", "ZeroPadding2D"];
