// HDF5 lists groups by their names; who matches a file with a model's backbone needs the order of the file's model, to tell
// its own top from layers that the model lacks.
import { counted } from "../../model/automatic-names.js";
import { layerSpelling, type PretrainedRequest } from "../../model/match-pretrained.js";
import { groupsOf } from "../keras-config/flatten-model.js";
import type { LayerGroup } from "./layer-groups.js";

/** A layer's group with the name that it goes by. */
export interface NamedGroup extends LayerGroup {
  readonly name: string;
}

/**
 * @param listed group -> layer name in the order of the file's model, where the file says; without it, a layer that the model
 *   does not have counts as behind the backbone when none of its class that the model has comes later: Keras numbers each
 *   class in the order of the model
 */
export function inModelOrder(
  groups: readonly LayerGroup[],
  request: PretrainedRequest,
  listed: ReadonlyMap<string, string> | undefined,
): readonly NamedGroup[] {
  const { graph } = request;
  if (listed !== undefined) {
    const places = new Map([...listed.keys()].map((group, i) => [group, i]));
    const placeOf = ({ group }: LayerGroup): number => places.get(group) ?? places.size;
    return [...groups]
      .sort((a, b) => placeOf(a) - placeOf(b))
      .map((one) => ({ ...one, name: one.name ?? listed.get(one.group) ?? one.group }));
  }
  // Keras 2 and the first of Keras 3 gave no names: their files are read by where a layer stands.
  const own = groupsOf(graph.nodes, graph.kind === "Sequential");
  const byGroup = new Map(graph.nodes.map(({ name }, i) => [own[i], name]));
  const named = groups.map((one) => ({ ...one, name: one.name ?? byGroup.get(one.group) ?? one.group }));
  const spellings = new Set(graph.nodes.map(({ name }) => layerSpelling(name)));
  for (const other of Object.values(request.otherNames ?? {})) spellings.add(layerSpelling(other));
  const isKnown = ({ name }: NamedGroup): boolean => spellings.has(layerSpelling(name));
  const last = new Map<string, number>();
  for (const one of named.filter(isKnown)) {
    const { stem, number } = counted(one.group);
    last.set(stem, Math.max(number, last.get(stem) ?? 0));
  }
  const isBehind = (one: NamedGroup): boolean => counted(one.group).number > (last.get(counted(one.group).stem) ?? -1);
  return [
    ...named.filter((one) => !isKnown(one) && !isBehind(one)),
    ...named.filter(isKnown),
    ...named.filter((one) => !isKnown(one) && isBehind(one)),
  ];
}
