// A model whose one output is P(normal), as the study's are, turned into one that gives P(pneumonia): the weights before
// its sigmoid change their sign, for 1 - sigmoid(x) = sigmoid(-x). Its heat maps change places with it.
import { AppError } from "../core/errors.js";
import { lastDense } from "../model/last-dense.js";
import type { ModelGraph } from "../model/model-graph.js";
import type { WeightMap } from "../model/weights.js";

interface Scored {
  readonly file: string;
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
}

/** @throws AppError OPTION_INVALID where the layer before the sigmoid is not a dense one */
export function pneumoniaScored<Model extends Scored>(model: Model): Model {
  const { graph, weights, file } = model;
  const dense = lastDense(graph);
  const own = weights.get(dense?.name ?? "");
  if (dense === null || own === undefined) {
    throw new AppError("OPTION_INVALID", {
      place: file,
      rule: 'scores "normal" needs a model that ends in a dense layer and its sigmoid',
      received: "another end",
      remedy: "Turn the model's output round where it was made",
    });
  }
  const turned = [...own].map(
    ([name, { shape, data }]) => [name, { shape, data: data.map((value) => -value) }] as const,
  );
  return { ...model, weights: new Map([...weights, [dense.name, new Map(turned)]]) };
}
