// The order in which Keras lists the layers of a functional model: `map_graph` of keras/src/ops/function.py. It decides
// what "the last ten layers" are and how weight files without names are read.
import type { LayerNode } from "./model-graph.js";

/**
 * The layers by decreasing distance to the output; where it is equal, by when a walk from the output back to the
 * inputs meets them first.
 * @param nodes in topological order; the last one is the output, and every other one leads to it
 */
export function inKerasOrder(nodes: readonly LayerNode[]): LayerNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const distances = new Map<string, number>();
  for (const { name, inputs } of [...nodes].reverse()) {
    const distance = distances.get(name) ?? 0;
    for (const input of inputs) distances.set(input, Math.max(distance + 1, distances.get(input) ?? 0));
    distances.set(name, distance);
  }
  const met = new Map<string, number>();
  const walk = (name: string): void => {
    if (met.has(name)) return;
    met.set(name, met.size);
    for (const input of byName.get(name)?.inputs ?? []) walk(input);
  };
  walk(nodes.at(-1)?.name ?? "");
  const place = (places: ReadonlyMap<string, number>, { name }: LayerNode): number => places.get(name) ?? 0;
  return [...nodes].sort((a, b) => place(distances, b) - place(distances, a) || place(met, a) - place(met, b));
}
