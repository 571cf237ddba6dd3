// From the parts of a .keras file to graph and weights, and from any file in Keras 3's layout of weights to those for a known
// model. Runs inside the reader's worker.
import { matchPretrained, type PretrainedRequest } from "../../model/match-pretrained.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { weightSpecsOf } from "../../model/shapes.js";
import { invalid } from "../invalid-model-file.js";
import { shown } from "../keras-config/config-fields.js";
import { type FlatModel, flattenModel, groupsOf, isModel, layersIn } from "../keras-config/flatten-model.js";
import { graphOf, parseModelJson } from "../keras-config/graph-from-keras.js";
import { isRecord } from "../keras-config/layer-from-keras.js";
import type { KerasModel } from "../keras-h5/extract-model.js";
import { type DeclaredTensor, H5File } from "../keras-h5/h5-file.js";
import type { Hdf } from "../keras-h5/h5wasm-module.js";
import { type Declared, readDeclared } from "../keras-h5/legacy-weights.js";
import { checkNormalizationConstants, withNormalizationConstants } from "../keras-h5/normalization-constants.js";
import type { PretrainedFile } from "../pretrained-file.js";
import { nameAttribute, ownKey, variables } from "./archive-layout.js";
import { declaredAt, type LayerGroup, layerGroups } from "./layer-groups.js";
import { inModelOrder } from "./order-of-groups.js";

/** What an archive holds beside the weights. */
export interface ArchiveTexts {
  readonly config: string;
  /** Absent in none by Keras; nothing of it is needed. */
  readonly metadata: string | undefined;
  /** What the weights took in the archive: the less, the less they may become. */
  readonly storedBytes: number;
}

/** Errors as `readKerasModel`. @param bytes of model.weights.h5 */
export function extractArchive(hdf: Hdf, bytes: Uint8Array, place: string, texts: ArchiveTexts): KerasModel {
  const use = (file: H5File): KerasModel => {
    const groups = new Map(layerGroups(file, place).map((one) => [one.group, one]));
    const flat = withNormalizationConstants(flattenModel(parseModelJson(texts.config, place), place), ({ group }) =>
      constantsIn(file, groups.get(group)),
    );
    const graph = graphOf(flat, place);
    const { kerasVersion, own } = metadataOf(texts.metadata, place);
    const declared = declaredOf(file, groups, flat, graph, place);
    matchWeights(graph, declared, place);
    return { graph, weights: readDeclared(file, declared), kerasVersion, own: { json: own, tensors: new Map() } };
  };
  return H5File.use(hdf, bytes, place, use, texts.storedBytes);
}

/** Each call of a layer with its weights, those of several calls once; and what belongs to none of the model's. */
function declaredOf(
  file: H5File,
  groups: ReadonlyMap<string, LayerGroup>,
  flat: FlatModel,
  graph: ModelGraph,
  place: string,
): Declared<DeclaredTensor> {
  const specs = weightSpecsOf(graph);
  const declared = new Map<string, ReadonlyMap<string, DeclaredTensor>>();
  const known = new Map<string, readonly DeclaredTensor[]>();
  for (const { name, group, path, className } of flat.layers) {
    const found = groups.get(group);
    const own = path.at(-1);
    if (found?.name !== undefined && found.name !== own) {
      throw invalid(place, `"/${group}" holds the weights of layer "${own}"`, `those of ${shown(found.name)}`);
    }
    const isConstant = className === "Normalization";
    const tensors = known.get(group) ?? (found === undefined || isConstant ? [] : declaredAt(file, found.paths));
    known.set(group, tensors);
    const names = specs.get(name) ?? [];
    if (tensors.length > 0) declared.set(name, new Map(tensors.map((one, i) => [names[i]?.name ?? `${i}`, one])));
  }
  for (const { group, name, paths } of groups.values()) {
    if (known.has(group) || paths.length === 0) continue;
    declared.set(name ?? group, new Map(paths.map((path, i) => [`${i}`, file.declared(path)])));
  }
  return declared;
}

/** Keras keeps mean and variance of a Normalization layer as its first two variables. */
function constantsIn(file: H5File, found: LayerGroup | undefined) {
  if (found === undefined || found.paths.length < 2) return undefined;
  const [mean = [], variance = []] = declaredAt(file, found.paths.slice(0, 2)).map((one) => [...file.floats(one)]);
  return { mean, variance };
}

function metadataOf(text: string | undefined, place: string): { kerasVersion: string | undefined; own: unknown } {
  const metadata = text === undefined ? {} : parseModelJson(text, place);
  if (!isRecord(metadata)) throw invalid(place, "metadata.json is an object");
  const version = metadata.keras_version;
  return { kerasVersion: typeof version === "string" ? version.slice(0, 80) : undefined, own: metadata[ownKey] };
}

/**
 * What `readKerasPretrained` gives, less the digest, from a file in this layout. Errors as there.
 * @param texts of the archive; undefined for a .weights.h5 file
 */
export function pretrainedFrom(
  file: H5File,
  place: string,
  request: PretrainedRequest,
  texts: ArchiveTexts | undefined,
): Omit<PretrainedFile, "sha256"> {
  const config = texts === undefined ? undefined : parseModelJson(texts.config, place);
  const listed = config === undefined ? undefined : listedGroups(config, place);
  const named = inModelOrder(layerGroups(file, place), request, listed);
  const byName = new Map(named.map((one) => [one.name, one]));
  const constants = new Set(request.graph.nodes.filter((n) => n.className === "Normalization").map((n) => n.name));
  const declared = new Map<string, ReadonlyMap<string, DeclaredTensor>>();
  for (const { name, paths, group } of named) {
    if (constants.has(name) || paths.length === 0 || /\/normalization(_\d+)?$/.test(group)) continue;
    if (declared.has(name)) throw invalid(place, "it holds each layer once", `"${name}" twice`);
    declared.set(name, new Map(declaredAt(file, paths).map((one, i) => [`${i}`, one])));
  }
  const plan = matchPretrained(request, declared, place);
  checkNormalizationConstants((layer) => constantsIn(file, byName.get(layer)), request.graph, place);
  const wanted = [...plan.taken].map(([layer, source]) => {
    const ofLayer = declared.get(source.layer);
    const weights = [...source.weights].map(
      ([name, stored]) => [name, ofLayer?.get(stored) as DeclaredTensor] as const,
    );
    return [layer, new Map(weights)] as const;
  });
  return { weights: readDeclared(file, new Map(wanted)), plan, title: titleOf(file, config, texts, place) };
}

/** As `pretrainedFrom`, for an archive's parts. */
export function extractArchivePretrained(
  hdf: Hdf,
  bytes: Uint8Array,
  place: string,
  texts: ArchiveTexts,
  request: PretrainedRequest,
): Omit<PretrainedFile, "sha256"> {
  return H5File.use(hdf, bytes, place, (file) => pretrainedFrom(file, place, request, texts), texts.storedBytes);
}

/** Group -> layer name, in the order of the file's model, those of models inside it in their place. */
function listedGroups(config: unknown, place: string): ReadonlyMap<string, string> {
  const listed = new Map<string, string>();
  const walk = (model: unknown, prefix: string, depth: number): void => {
    if (!isRecord(model) || depth > 8) return;
    const layers = layersIn(model.config, place);
    const groups = groupsOf(layers, model.class_name === "Sequential", prefix);
    for (const [i, { className, name, config: inner }] of layers.entries()) {
      listed.set(groups[i] ?? "", name);
      if (isModel(className)) walk({ class_name: className, config: inner }, `${groups[i]}/`, depth + 1);
    }
  };
  walk(config, "", 0);
  return listed;
}

/** `Keras 3.15.1 model "mobilenet_1.00_224"`, as far as the file says. */
function titleOf(file: H5File, config: unknown, texts: ArchiveTexts | undefined, place: string): string {
  if (texts === undefined) {
    const name = file.hasGroup(variables) ? file.text(variables, nameAttribute) : undefined;
    return `Keras 3 weights${name === undefined ? "" : ` of "${name.slice(0, 80)}"`}`;
  }
  const { kerasVersion } = metadataOf(texts.metadata, place);
  const settings = isRecord(config) && isRecord(config.config) ? config.config : {};
  const name = typeof settings.name === "string" ? ` "${settings.name.slice(0, 80)}"` : "";
  return `Keras${kerasVersion === undefined ? "" : ` ${kerasVersion}`} model${name}`;
}
