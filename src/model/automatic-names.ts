// The names that Keras gives to layers nobody named: the class in small letters and a number, counted through a session.
// Keras 3 begins with "conv2d" and "conv2d_1", Keras 2 began with "conv2d_1"; what was built before counts too.
import type { ModelGraph } from "./model-graph.js";
import { snakeCase } from "./snake-case.js";

/** "conv2d_12" -> "conv2d", 12; "conv2d" -> "conv2d", 0 */
export function counted(name: string): { readonly stem: string; readonly number: number } {
  const [, stem = name, number = "0"] = /^(.*?)(?:_(\d+))?$/.exec(name) ?? [];
  return { stem, number: Number(number) };
}

const spelled = (stem: string, number: number): string => (number === 0 ? stem : `${stem}_${number}`);

/**
 * The model's layers -> those of a file in which all of their class bear a number that is higher or lower by the same.
 * Nothing for a class whose first layer the file has under the model's own name.
 * @param layers of the graph that the file should have
 */
export function renumbered(
  { nodes }: ModelGraph,
  layers: ReadonlySet<string>,
  inFile: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const numbers = new Map<string, number[]>();
  for (const { name, className } of nodes) {
    const { stem, number } = counted(name);
    if (layers.has(name) && stem === snakeCase(className)) numbers.set(stem, [...(numbers.get(stem) ?? []), number]);
  }
  const names = new Map<string, string>();
  for (const [stem, own] of numbers) {
    const first = Math.min(...own);
    const others = [...inFile].map(counted).filter((one) => one.stem === stem);
    const shift = Math.min(...others.map(({ number }) => number)) - first;
    if (inFile.has(spelled(stem, first)) || !own.every((number) => inFile.has(spelled(stem, number + shift)))) continue;
    for (const number of own) names.set(spelled(stem, number), spelled(stem, number + shift));
  }
  return names;
}
