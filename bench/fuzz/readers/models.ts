// Model files: Keras .h5, .keras and .weights.h5, our checkpoints in them, TensorFlow.js manifests and their shards, .onnx.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../src/core/package.js";
import type { Random } from "../../../src/core/random.js";
import { openModel } from "../../../src/inference/open-model.js";
import { archiveParts } from "../../../src/interchange/keras-archive/archive-parts.js";
import { readKerasArchive } from "../../../src/interchange/keras-archive/read-keras-archive.js";
import { kerasArchiveBytes } from "../../../src/interchange/keras-archive/write-keras-archive.js";
import { withoutSeal, withSeal } from "../../../src/interchange/keras-h5/h5-checksum.js";
import { Reader } from "../../../src/interchange/keras-h5/reader.js";
import { kerasModelBytes } from "../../../src/interchange/keras-h5/write-keras-model.js";
import { candidatesOf, cutAt } from "../../../src/interchange/onnx/cut-graph.js";
import { withExternalValues } from "../../../src/interchange/onnx/external-values.js";
import { readForeignOnnx, realNumbersIn } from "../../../src/interchange/onnx/foreign-onnx.js";
import { verifyChecksum, withChecksum } from "../../../src/interchange/onnx/onnx-checksum.js";
import { readOnnxContract } from "../../../src/interchange/onnx/read-onnx-contract.js";
import { recalibratedOnnx } from "../../../src/interchange/onnx/recalibrated-onnx.js";
import { writeBackboneValue } from "../../../src/interchange/onnx/write-backbone-model.js";
import { writeInferenceModel } from "../../../src/interchange/onnx/write-inference-model.js";
import { readTfjsModel } from "../../../src/interchange/tfjs-layers/read-tfjs-model.js";
import { initialWeights } from "../../../src/model/initial-weights.js";
import { customCnn } from "../../../src/model/zoo/custom-cnn.js";
import { unitScaling } from "../../../src/model/zoo/zoo-entry.js";
import { openBackboneSession } from "../../../src/run/backbone/backbone-features.js";
import { readCheckpoint } from "../../../src/training/checkpoint.js";
import { startTraining } from "../../../src/training/trainer.js";
import { sampleContract } from "../../../test/support/sample-contract.js";
import { hostileNumber, once, pick, randomBytes } from "../structured/choose.js";
import { fuzzedGraph, fuzzedWeights, hostileHdf5 } from "../structured/hdf5.js";
import { hostileJsonText } from "../structured/json.js";
import { hostileArchive, hostileWeights } from "../structured/keras-archive.js";
import { hostileBackbone, hostileOnnx } from "../structured/onnx.js";
import {
  bytesText,
  type FuzzReader,
  goldenFiles,
  type OpenReader,
  reads,
  structuredText,
  textBytes,
} from "./reader.js";
import { openFile } from "./run-files.js";

async function hdf5Seeds(): Promise<readonly Uint8Array[]> {
  const own = await kerasModelBytes(fuzzedGraph, fuzzedWeights, { json: { epoch: 3 } }, "own");
  return [...(await goldenFiles("keras", /^(frozen|functional|sequential).*\.h5$/)), withoutSeal(own).slice()];
}

async function openHdf5(): Promise<OpenReader> {
  const reader = new Reader();
  return {
    // A file of ours ends in a checksum, which is no secret.
    read: (bytes) => reader.read({ bytes: withSeal(bytes), place: "fuzz.h5", request: undefined }),
    close: () => reader.close(),
  };
}

async function archiveSeeds(): Promise<readonly Uint8Array[]> {
  return [
    ...(await goldenFiles("keras-archive", /^(nested|sequential)\.keras$/)),
    await kerasArchiveBytes(fuzzedGraph, fuzzedWeights, { contract: sampleContract() }, "own"),
  ];
}

async function openArchive(): Promise<OpenReader> {
  const reader = new Reader();
  const place = "fuzz.keras";
  return {
    read: async (packed) => {
      const { weights: bytes, ...archive } = await archiveParts(packed, place);
      return reader.read({ bytes, place, request: undefined, archive });
    },
    close: () => reader.close(),
  };
}

async function weightsSeeds(): Promise<readonly Uint8Array[]> {
  return goldenFiles("keras-archive", /^sequential\.weights\.h5$/);
}

/** The model is the one that the golden weights are of. */
async function openWeights(): Promise<OpenReader> {
  const { graph } = await readKerasArchive(join(packageRoot(), "test", "golden", "keras-archive", "sequential.keras"));
  const request = { graph, firstHeadLayer: null, fresh: [], otherNames: {} };
  const reader = new Reader();
  return { read: (bytes) => reader.read({ bytes, place: "fuzz.weights.h5", request }), close: () => reader.close() };
}

const checkpointJson = JSON.stringify({
  version: 1,
  adamStep: 12,
  averageUpdates: null,
  state: { ...startTraining(1e-3), prefix: { training: "libtorch-float32", scoring: "onnxruntime-float32" } },
  contract: sampleContract(),
});

/** A sound model with any state of a training. */
async function checkpointWith(json: string): Promise<Uint8Array> {
  const tensors = new Map([["adam/first/conv2d/kernel", { shape: [2], data: Float32Array.of(1, 2) }]]);
  return withoutSeal(
    await kerasModelBytes(fuzzedGraph, fuzzedWeights, { json: JSON.parse(json), tensors }, "own"),
  ).slice();
}

async function hostileCheckpoint(random: Random): Promise<Uint8Array> {
  for (;;) {
    try {
      return await checkpointWith(hostileJsonText(checkpointJson, random));
    } catch {
      // 1e999 is no JSON for JSON.parse, and too deep for JSON.stringify is what it can parse; once more
    }
  }
}

const tfjsFolder = join(packageRoot(), "test", "golden", "tfjs", "by-tfjs");

/** Manifest and shard in one, for both to be hostile: the manifest's length in 4 bytes, the manifest, the shard. */
function packed(manifest: Uint8Array, shard: Uint8Array): Uint8Array {
  const result = new Uint8Array(4 + manifest.length + shard.length);
  new DataView(result.buffer).setUint32(0, manifest.length);
  result.set(manifest, 4);
  result.set(shard, 4 + manifest.length);
  return result;
}

function unpacked(bytes: Uint8Array): { readonly manifest: Uint8Array; readonly shard: Uint8Array } {
  const stated = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const end = Math.min(bytes.length, 4 + stated);
  return { manifest: bytes.slice(4, end), shard: bytes.slice(end) };
}

async function shardSeeds(): Promise<readonly Uint8Array[]> {
  const [manifest, shard] = await Promise.all(
    ["model.json", "weights.bin"].map((name) => readFile(join(tfjsFolder, name))),
  );
  return [packed(new Uint8Array(manifest as Buffer), new Uint8Array(shard as Buffer))];
}

const bytesPerValue = { float32: 4, float16: 2, uint16: 2, uint8: 1 } as const;

/** Quantized in other ways, split over other files, of other lengths and values. */
function hostileShard(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  const { manifest, shard } = unpacked(pick(random, seeds));
  const model = JSON.parse(bytesText(manifest));
  const [group] = model.weightsManifest;
  let bytes = 0;
  for (const weight of group.weights) {
    const count = weight.shape.reduce((product: number, size: number) => product * size, 1);
    const dtype = pick(random, ["float32", "float32", "float16", "uint8", "uint16"] as const);
    if (dtype !== "float32") {
      weight.quantization = { dtype, scale: pick(random, [0.1, 0, -1, 1e308, 5e-324]), min: pick(random, [0, -1e308]) };
    }
    bytes += count * bytesPerValue[dtype];
  }
  group.paths = pick(random, [
    ["./weights.bin"],
    ["weights.bin"],
    ["weights.bin", "weights.bin"],
    ["../weights.bin"],
    ["a/weights.bin"],
    [],
  ]);
  const length = once(random, 6) ? hostileNumber(random, 16) : bytes;
  const values = once(random, 2) ? randomBytes(random, length) : new Uint8Array(length);
  if (!once(random, 3)) values.set(shard.subarray(0, length));
  const text = JSON.stringify(model);
  return packed(textBytes(once(random, 4) ? hostileJsonText(text, random) : text), values);
}

async function openTfjs(
  split: (bytes: Uint8Array) => { readonly manifest: Uint8Array; readonly shard?: Uint8Array },
): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-tfjs-"));
  for (const name of await readdir(tfjsFolder))
    await writeFile(join(folder, name), await readFile(join(tfjsFolder, name)));
  const path = join(folder, "model.json");
  return {
    read: async (bytes) => {
      const { manifest, shard } = split(bytes);
      await writeFile(path, manifest);
      if (shard !== undefined) await writeFile(join(folder, "weights.bin"), shard);
      return readTfjsModel(path);
    },
    close: () => rm(folder, { recursive: true }),
  };
}

async function onnxSeeds(): Promise<readonly Uint8Array[]> {
  const graph = customCnn({ imageSize: 32 });
  return [await withChecksum(writeInferenceModel(graph, initialWeights(graph, 1), sampleContract()))];
}

/** And written again with a line through its score, as `recalibrate` does. */
async function readOnnx(bytes: Uint8Array): Promise<unknown> {
  const { contract } = readOnnxContract(bytes, "fuzz.onnx");
  await verifyChecksum(bytes, "fuzz.onnx");
  return readOnnxContract(recalibratedOnnx(bytes, { intercept: -1, slope: 0.5 }, contract), "fuzz.onnx");
}

/** With ONNX Runtime behind it, and a picture through the model. */
async function runOnnx(bytes: Uint8Array): Promise<unknown> {
  const model = await openModel({ name: "fuzz.onnx", bytes }, { threads: 1 });
  try {
    return await model.run(new Uint8Array(model.contract.imageSize ** 2));
  } finally {
    await model.dispose();
  }
}

const backboneFolder = join(packageRoot(), "test", "golden", "backbones");
const backboneSeeds = () => goldenFiles("backbones", /\.onnx$/);

/** Cut at the file's output or at the first of the places where backbones are cut, its values beside it taken in. */
async function readBackbone(bytes: Uint8Array) {
  const place = join(backboneFolder, "fuzz.onnx");
  const model = readForeignOnnx(bytes, place);
  const [candidate = null] = candidatesOf(model);
  const graph = await withExternalValues(cutAt(model, model.outputs.length === 1 ? null : candidate, place), place);
  for (const tensor of graph.constants.values()) realNumbersIn(tensor);
  return { place, input: { backbone: graph, scaling: unitScaling, imageSize: graph.input.sizes[2] || 64 } };
}

async function writeBackbone(bytes: Uint8Array): Promise<unknown> {
  return writeBackboneValue((await readBackbone(bytes)).input);
}

/** With ONNX Runtime behind it, and pictures through the backbone. */
async function runBackbone(bytes: Uint8Array): Promise<unknown> {
  const { place, input } = await readBackbone(bytes);
  const session = await openBackboneSession(input, place, 1);
  return session.features(new Uint8Array(input.imageSize ** 2)).finally(() => session.dispose());
}

export const modelReaders: readonly FuzzReader[] = [
  {
    name: "tfjs",
    weight: 40,
    seeds: () => goldenFiles(join("tfjs", "by-tfjs"), /^model\.json$/),
    structured: structuredText(hostileJsonText),
    open: () => openTfjs((manifest) => ({ manifest })),
  },
  { name: "tfjs shards", weight: 40, seeds: shardSeeds, structured: hostileShard, open: () => openTfjs(unpacked) },
  { name: "onnx", weight: 60, seeds: onnxSeeds, structured: hostileOnnx, open: reads(readOnnx) },
  { name: "onnx in its runtime", weight: 4, seeds: onnxSeeds, structured: hostileOnnx, open: reads(runOnnx) },
  { name: "backbone", weight: 40, seeds: backboneSeeds, structured: hostileBackbone, open: reads(writeBackbone) },
  {
    name: "backbone in its runtime",
    weight: 2,
    seeds: backboneSeeds,
    structured: hostileBackbone,
    open: reads(runBackbone),
  },
  { name: "hdf5", weight: 4, seeds: hdf5Seeds, structured: hostileHdf5, open: openHdf5 },
  { name: "keras archive", weight: 2, seeds: archiveSeeds, structured: hostileArchive, open: openArchive },
  {
    name: "keras weights",
    weight: 2,
    seeds: weightsSeeds,
    structured: async (random) => (await hostileWeights(random)).bytes,
    open: openWeights,
  },
  {
    name: "checkpoint",
    weight: 1.5,
    seeds: async () => [await checkpointWith(checkpointJson)],
    structured: hostileCheckpoint,
    open: openFile("last.h5", readCheckpoint, withSeal),
  },
];
