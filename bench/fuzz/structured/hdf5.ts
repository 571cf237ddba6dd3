// HDF5 files that the HDF5 library itself wrote and whose insides are hostile: datasets of any type, size, chunk and
// filter, links in circles and out of the file, lists that name nothing; then, often, damage to the structures that the
// library keeps (superblock, headers, B-trees, heaps), which random damage seldom meets.
import type { Random } from "../../../src/core/random.js";
import { graphToKeras } from "../../../src/interchange/keras-config/graph-to-keras.js";
import { type HdfFile, loadHdf } from "../../../src/interchange/keras-h5/h5wasm-module.js";
import { readKerasModel } from "../../../src/interchange/keras-h5/read-keras-model.js";
import { golden } from "../../../test/support/paths.js";
import { hostileNumber, once, pick } from "./choose.js";
import { hostileJsonText } from "./json.js";

/** Small, so that most of a file is structure. */
export const { graph: fuzzedGraph, weights: fuzzedWeights } = await readKerasModel(
  golden("keras", "sequential-keras2.h5"),
);
const config = JSON.stringify(graphToKeras(fuzzedGraph));

type Group = NonNullable<ReturnType<HdfFile["create_group"]>>;

export async function hostileHdf5(random: Random): Promise<Uint8Array> {
  const hdf = await loadHdf();
  const path = "/hostile.h5";
  if (hdf.files.analyzePath(path).exists) hdf.files.unlink(path);
  const file = hdf.open(path, "w");
  try {
    writeModel(file, random);
  } finally {
    file.close();
  }
  const bytes = hdf.files.readFile(path).slice();
  return once(random, 2) ? bytes : withBrokenStructure(bytes, random);
}

function writeModel(file: HdfFile, random: Random): void {
  const attribute = (target: Pick<Group, "create_attribute">, name: string, make: () => void) => {
    if (once(random, 40)) return;
    if (once(random, 25))
      quietly(() =>
        target.create_attribute(name, pick(random, [Float32Array.of(1), ["a", ""], "x".repeat(70_000), 3]) as never),
      );
    else quietly(make);
  };
  attribute(file, "keras_version", () => file.create_attribute("keras_version", "2.15.0", [], "S"));
  attribute(file, "model_config", () =>
    file.create_attribute("model_config", once(random, 3) ? hostileJsonText(config, random) : config, [], "S"),
  );
  const root = file.create_group("model_weights");
  const layers = fuzzedGraph.nodes.map(({ name }) => name);
  attribute(root, "layer_names", () => names(root, "layer_names", hostileNames(layers, random), random));
  for (const layer of layers) {
    if (once(random, 60)) {
      hostileLink(root, layer, random);
      continue;
    }
    const group = root.create_group(layer);
    const tensors = [...(fuzzedWeights.get(layer) ?? [])];
    attribute(group, "weight_names", () =>
      names(
        group,
        "weight_names",
        hostileNames(
          tensors.map(([name]) => `${layer}/${name}:0`),
          random,
        ),
        random,
      ),
    );
    if (tensors.length === 0) continue;
    const inner = group.create_group(layer);
    for (const [name, { shape, data }] of tensors) {
      if (once(random, 80)) hostileLink(inner, `${name}:0`, random);
      else quietly(() => hostileDataset(inner, `${name}:0`, shape, data, random));
    }
  }
  if (!once(random, 3)) return;
  const own = file.create_group("pneumoscope");
  quietly(() =>
    own.create_attribute("json", hostileJsonText('{"version":1,"adamStep":3,"state":{"history":[]}}', random), [], "S"),
  );
  quietly(() =>
    own.create_attribute("tensors", pick(random, ['["a"]', "[]", "{}", '["a","a"]', "[1,2,3]", "x"]), [], "S"),
  );
  quietly(() => hostileDataset(own, "0", [4], new Float32Array(4), random));
}

const hostileNames = (given: readonly string[], random: Random): readonly string[] => {
  if (!once(random, 12)) return given;
  const other = pick(random, [
    "",
    ".",
    "..",
    "/",
    "a//b",
    "../model_weights",
    "\u0000",
    "x".repeat(3000),
    "model_weights",
    "é",
  ]);
  return once(random, 2) ? [...given, other] : given.map((name, i) => (i === 0 ? other : name));
};

function names(target: Group, name: string, list: readonly string[], random: Random): void {
  if (list.length === 0) target.create_attribute(name, new Float64Array(0), [0], "<d");
  else
    target.create_attribute(
      name,
      [...list],
      [list.length],
      once(random, 8) ? "S" : `A${Math.max(...list.map((text) => Buffer.byteLength(text))) + 1}`,
    );
}

export function hostileLink(group: Group, name: string, random: Random): void {
  quietly(() => {
    switch (random.integer(4)) {
      case 0:
        return group.create_soft_link(
          pick(random, ["/", ".", `/model_weights/${name}`, "/nowhere", "/model_weights"]),
          name,
        );
      case 1:
        return group.create_external_link(pick(random, ["/etc/passwd", "other.h5", ""]), "/", name);
      case 2:
        return group.create_hard_link("/model_weights", name);
      default:
        return group.create_dataset({ name, data: "text" });
    }
  });
}

export function hostileDataset(
  group: Group,
  name: string,
  shape: readonly number[],
  data: Float32Array,
  random: Random,
): void {
  const plain = { name, data, shape: [...shape], dtype: "<f" as const };
  if (!once(random, 10)) {
    group.create_dataset(plain);
    return;
  }
  const whole = shape.map((size) => Math.max(1, size));
  switch (random.integer(5)) {
    case 0: // other types
      group.create_dataset(
        pick(random, [
          { name, data: Float64Array.from(data), shape: [...shape], dtype: "<d" as const },
          { name, data: Int32Array.from(data, () => 1), shape: [...shape], dtype: "<i" as const },
          { name, data: data.slice().fill(Number.NaN), shape: [...shape], dtype: "<f" as const },
          { name, data: ["a", "b"], shape: [2], dtype: "S" as const },
        ]),
      );
      return;
    case 1: // other shapes
      group.create_dataset({ ...plain, shape: pick(random, [[data.length], [1, ...shape], [...shape].reverse()]) });
      return;
    case 2: // filters
      group.create_dataset({
        ...plain,
        chunks: whole,
        compression: random.integer(10),
        maxshape: whole.map(() => null),
      });
      return;
    case 3: {
      // sizes far beyond the file, all of it fill value
      const made = group.create_dataset({
        ...plain,
        chunks: whole.map(() => 1),
        maxshape: whole.map(() => null),
        compression: 9,
      });
      made.resize(whole.map(() => pick(random, [1, 1000, 40_000, 2 ** 31])));
      return;
    }
    default: // one chunk larger than the data, and no values at all
      group.create_dataset({
        ...plain,
        data: new Float32Array(0),
        shape: [0, ...shape.slice(1)],
        chunks: whole,
        maxshape: whole.map(() => null),
      });
  }
}

/** What the library will not write, a hostile file does without. */
export function quietly(write: () => unknown): void {
  try {
    write();
  } catch {
    // left out
  }
}

const marks = ["\x89HDF", "OHDR", "OCHK", "TREE", "SNOD", "HEAP", "GCOL", "FRHP", "FHDB", "BTHD", "BTLF", "FADB"];

export function withBrokenStructure(bytes: Uint8Array, random: Random): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places = marks.flatMap((mark) => {
    const found: number[] = [];
    for (
      let at = buffer.indexOf(mark, 0, "latin1");
      at !== -1 && found.length < 200;
      at = buffer.indexOf(mark, at + 1, "latin1")
    )
      found.push(at);
    return found;
  });
  for (let left = 1 + random.integer(3); left > 0; left--) {
    // Version 1 object headers have no mark; they stand at multiples of 8.
    const start = once(random, 3) ? 8 * random.integer(Math.max(1, bytes.length >> 3)) : pick(random, places);
    const at = Math.min(start + random.integer(64), bytes.length - 8);
    const width = pick(random, [1, 2, 4, 8]);
    if (width === 1) buffer[at] = hostileNumber(random, 8);
    else if (width === 2) buffer.writeUInt16LE(hostileNumber(random, 16), at);
    else if (width === 4) buffer.writeUInt32LE(hostileNumber(random, 32), at);
    else
      buffer.writeBigUInt64LE(
        pick(random, [
          0n,
          BigInt(start),
          BigInt(pick(random, places)),
          2n ** 64n - 1n,
          2n ** 63n,
          BigInt(bytes.length),
        ]),
        at,
      );
  }
  return bytes;
}
