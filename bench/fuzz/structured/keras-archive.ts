// .keras files that are whole zip archives with hostile insides: configurations that nest and call each other, metadata of any
// kind, weights in groups that are links, of other numbers, names and sizes; members that are missing, twice or elsewhere.
import { type Zippable, zipSync } from "fflate";
import type { Random } from "../../../src/core/random.js";
import { groupsOf } from "../../../src/interchange/keras-config/flatten-model.js";
import { asInKeras3, graphToKeras3 } from "../../../src/interchange/keras-config/graph-to-keras3.js";
import { type HdfFile, loadHdf } from "../../../src/interchange/keras-h5/h5wasm-module.js";
import { once, pick, randomBytes } from "./choose.js";
import { fuzzedGraph, fuzzedWeights, hostileDataset, hostileLink, quietly, withBrokenStructure } from "./hdf5.js";
import { hostileJsonText } from "./json.js";

const { graph } = asInKeras3(fuzzedGraph);
const groups = groupsOf(graph.nodes, graph.kind === "Sequential");
type Json = Record<string, unknown>;
const plain = graphToKeras3(graph) as Json;

/** Bytes of a model.weights.h5. */
export async function hostileWeights(random: Random): Promise<{ readonly bytes: Uint8Array }> {
  const hdf = await loadHdf();
  const path = "/hostile.weights.h5";
  if (hdf.files.analyzePath(path).exists) hdf.files.unlink(path);
  const file = hdf.open(path, "w");
  try {
    writeLayers(file, random);
  } finally {
    file.close();
  }
  const bytes = hdf.files.readFile(path).slice();
  return { bytes: once(random, 3) ? withBrokenStructure(bytes, random) : bytes };
}

function writeLayers(file: HdfFile, random: Random): void {
  const layers = file.create_group(once(random, 30) ? "_layer_checkpoint_dependencies" : "layers");
  for (const [i, { name }] of graph.nodes.entries()) {
    const own = groups[i]?.slice("layers/".length) ?? "";
    if (own === "" || once(random, 200)) continue;
    if (once(random, 200)) {
      hostileLink(layers, own, random);
      continue;
    }
    const layer = layers.create_group(own);
    const vars = layer.create_group("vars");
    if (!once(random, 50)) quietly(() => vars.create_attribute("name", hostileName(name, random), [], "S"));
    for (const [number, { shape, data }] of [...(fuzzedWeights.get(name)?.values() ?? [])].entries()) {
      const stored = once(random, 200) ? pick(random, ["-1", "01", "a", "99", "1"]) : `${number}`;
      if (once(random, 200)) hostileLink(vars, stored, random);
      else quietly(() => hostileDataset(vars, stored, shape, data, random));
    }
    if (once(random, 200)) quietly(() => layer.create_hard_link("/layers", "layers"));
    if (once(random, 200)) quietly(() => layer.create_soft_link("/layers", "layers"));
  }
  if (once(random, 4)) quietly(() => file.create_group("optimizer").create_group("vars"));
}

const hostileName = (name: string, random: Random): string =>
  once(random, 150) ? pick(random, ["", "..", "\u0000", "x".repeat(70_000), "dense", "é"]) : name;

/** Models inside models, called several times, or in circles. */
function nested(inner: Json, random: Random): Json {
  const calls = Array.from({ length: 1 + random.integer(4) }, (_, i) => [
    [once(random, 10) ? "m" : "x", once(random, 10) ? random.integer(5) : Math.max(0, i - 1), 0, {}],
  ]);
  const input = { class_name: "InputLayer", name: "x", config: { batch_shape: [null, 13, 11, 3] }, inbound_nodes: [] };
  const layers = [input, { ...inner, name: once(random, 20) ? "x" : "m", inbound_nodes: calls }];
  const end = [pick(random, ["m", "m", "m", "x"]), random.integer(3), 0];
  const config = { name: "outer", layers, input_layers: [["x", 0, 0]], output_layers: [end] };
  return { class_name: "Functional", config };
}

function hostileConfig(random: Random): string {
  let model = plain;
  for (let depth = once(random, 2) ? random.integer(12) : 0; depth > 0; depth--) model = nested(model, random);
  const text = JSON.stringify(model);
  return once(random, 2) ? hostileJsonText(text, random) : text;
}

export async function hostileArchive(random: Random): Promise<Uint8Array> {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const { bytes } = await hostileWeights(random);
  const metadata = '{"keras_version":"3.15.1","pneumoscope":{"contract":{"version":1}}}';
  const members: Zippable = {
    "metadata.json": text(once(random, 3) ? hostileJsonText(metadata, random) : metadata),
    "config.json": text(hostileConfig(random)),
    "model.weights.h5": once(random, 30) ? randomBytes(random, random.integer(3000)) : bytes,
  };
  if (once(random, 10)) delete members[pick(random, Object.keys(members))];
  if (once(random, 10)) {
    const name = pick(random, ["../up", "/etc/passwd", "model.weights.npz", "assets/a", "C:\\a", "config.json/"]);
    members[name] = new Uint8Array(3);
  }
  if (once(random, 20)) members["model.weights.h5"] = new Uint8Array(20 << 20);
  return zipSync(members, { level: once(random, 2) ? 0 : 6 });
}
