// Writes a model in TensorFlow.js' layers format: a folder with model.json and 4 MiB shards, for `tf.loadLayersModel`.
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryName, writeFileAtomically } from "../../core/atomic-file.js";
import { makeFolderDurably, renameDurably } from "../../core/durable-folder.js";
import { AppError, messageOf } from "../../core/errors.js";
import { matchWeights } from "../../model/match-weights.js";
import type { ModelGraph } from "../../model/model-graph.js";
import { product, weightSpecsOf } from "../../model/shapes.js";
import type { HostTensor, WeightMap } from "../../model/weights.js";
import { graphToKeras } from "../keras-config/graph-to-keras.js";
import { inTfjsLayers } from "./tfjs-layers.js";

/** As TensorFlow.js' converter cuts them: small enough for a browser's cache. */
const shardBytes = 4 * 2 ** 20;

/**
 * The folder is complete or absent: it is written under a temporary name and renamed.
 * @param folder does not exist yet or is empty
 * @param metadata anything JSON can hold; TensorFlow.js hands it to its user
 * @throws AppError WEIGHTS_MISMATCH when `weights` are not those of `graph`, MODEL_INVALID, FILE_UNWRITABLE;
 *   MODEL_LAYER_UNSUPPORTED for a layer that TensorFlow.js does not have
 */
export async function writeTfjsModel(
  folder: string,
  graph: ModelGraph,
  weights: WeightMap,
  metadata?: Readonly<Record<string, unknown>>,
): Promise<void> {
  matchWeights(graph, weights, folder);
  const specs = [...weightSpecsOf(graph)].flatMap(([layer, ofLayer]) =>
    ofLayer.map(({ name, shape }) => ({ layer, name, shape })),
  );
  const bytes = new Uint8Array(specs.reduce((sum, { shape }) => sum + 4 * product(shape), 0));
  let filled = 0;
  for (const { layer, name } of specs) {
    const tensor = weights.get(layer)?.get(name) as HostTensor;
    const { buffer, byteOffset, byteLength } = tensor.data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), filled); // little-endian, as all our platforms are
    filled += byteLength;
  }
  const count = Math.ceil(bytes.length / shardBytes);
  const shards = Array.from({ length: count }, (_, index) => ({
    name: `group1-shard${index + 1}of${count}.bin`,
    bytes: bytes.subarray(index * shardBytes, (index + 1) * shardBytes),
  }));
  const json = {
    format: "layers-model",
    generatedBy: "Pneumoscope",
    convertedBy: null,
    modelTopology: {
      keras_version: "2.15.0",
      backend: "tensorflow",
      model_config: graphToKeras(inTfjsLayers(graph, folder)),
    },
    weightsManifest: [
      {
        paths: shards.map((shard) => shard.name),
        weights: specs.map(({ layer, name, shape }) => ({ name: `${layer}/${name}`, shape, dtype: "float32" })),
      },
    ],
    ...(metadata === undefined ? {} : { userDefinedMetadata: metadata }),
  };
  await writeFolder(folder, [{ name: "model.json", bytes: JSON.stringify(json) }, ...shards]);
}

async function writeFolder(
  folder: string,
  files: readonly { readonly name: string; readonly bytes: Uint8Array | string }[],
): Promise<void> {
  const temporary = temporaryName(folder);
  try {
    await makeFolderDurably(dirname(folder));
    await mkdir(temporary);
    for (const file of files) await writeFileAtomically(join(temporary, file.name), file.bytes);
    await renameDurably(temporary, folder);
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw new AppError(
      "FILE_UNWRITABLE",
      {
        place: folder,
        rule: `the model's folder cannot be written: ${messageOf(thrown)}`,
        remedy: "It must be new or empty; free space or choose another place",
      },
      { cause: thrown },
    );
  }
}
