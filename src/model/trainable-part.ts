// Which layers of a model learn. The others are frozen: their weights stay, and their normalizations keep the moving
// statistics they came with, as a Keras layer with `trainable = False` does.
import { AppError } from "../core/errors.js";
import { didYouMean } from "../core/nearest.js";
import type { ModelGraph } from "./model-graph.js";

export type TrainablePart =
  | { readonly kind: "all" }
  /** The layers that are added to a backbone and start with random weights. */
  | { readonly kind: "head" }
  /** The last ones as Keras counts them in `model.layers[-n:]`: activations and poolings are layers too. */
  | { readonly kind: "last"; readonly layers: number }
  /** This layer and all that come after it in the graph's order. */
  | { readonly kind: "from"; readonly layer: string };

/**
 * "all", "head", "last=5" or a layer's name, as the command line takes it.
 * @throws AppError OPTION_INVALID for "last=" without a whole number from 1
 */
export function parseTrainablePart(text: string): TrainablePart {
  if (text === "all" || text === "head") return { kind: text };
  if (!text.startsWith("last=")) return { kind: "from", layer: text };
  const layers = Number(text.slice("last=".length));
  if (Number.isSafeInteger(layers) && layers >= 1) return { kind: "last", layers };
  throw new AppError("OPTION_INVALID", {
    place: "trainable layers",
    rule: '"last=" takes a whole number from 1, as in "last=5"',
    received: `"${text}"`,
  });
}

/** What `parseTrainablePart` reads. */
export function trainablePartText(part: TrainablePart): string {
  switch (part.kind) {
    case "all":
    case "head":
      return part.kind;
    case "last":
      return `last=${part.layers}`;
    case "from":
      return part.layer;
    default:
      return part satisfies never;
  }
}

/**
 * The graph with that part trainable and everything before it frozen.
 * @param firstHeadLayer where the head begins; null for a model without a backbone, whose head is the whole of it
 * @throws AppError OPTION_INVALID for a layer that the graph does not have, or more layers than it has
 */
export function withTrainablePart(graph: ModelGraph, part: TrainablePart, firstHeadLayer: string | null): ModelGraph {
  const first = firstTrainable(graph, part, firstHeadLayer);
  return { ...graph, nodes: graph.nodes.map((node, position) => ({ ...node, trainable: position >= first })) };
}

function firstTrainable(graph: ModelGraph, part: TrainablePart, firstHeadLayer: string | null): number {
  switch (part.kind) {
    case "all":
      return 0;
    case "head":
      return firstHeadLayer === null ? 0 : positionOf(graph, firstHeadLayer);
    case "last":
      if (part.layers <= graph.nodes.length) return graph.nodes.length - part.layers;
      throw new AppError("OPTION_INVALID", {
        place: "trainable layers",
        rule: `"${graph.name}" has ${graph.nodes.length}`,
        received: `last=${part.layers}`,
        remedy: 'Take fewer, or "all"',
      });
    case "from":
      return positionOf(graph, part.layer);
    default:
      return part satisfies never;
  }
}

function positionOf(graph: ModelGraph, layer: string): number {
  const position = graph.nodes.findIndex((node) => node.name === layer);
  if (position >= 0) return position;
  const hint = didYouMean(
    layer,
    graph.nodes.map((node) => node.name),
  );
  throw new AppError("OPTION_INVALID", {
    place: "trainable layers",
    rule: `a layer of "${graph.name}", "all", "head" or "last=n"`,
    received: `"${layer}"`,
    remedy: hint,
  });
}
