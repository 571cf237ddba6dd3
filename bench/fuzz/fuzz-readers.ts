// Everything that reads bytes by others, each one entry: sound files to damage, and how to read a damaged one. A new reader
// is a new entry here and nothing else.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/core/package.js";
import type { Random } from "../../src/core/random.js";
import { decodeGray } from "../../src/images/decode-gray.js";
import { DecodeThreads } from "../../src/images/decode-thread/pool.js";
import { readRadiograph } from "../../src/images/read-radiograph.js";
import { withoutSeal, withSeal } from "../../src/interchange/keras-h5/h5-checksum.js";
import { Reader } from "../../src/interchange/keras-h5/reader.js";
import { kerasModelBytes } from "../../src/interchange/keras-h5/write-keras-model.js";
import { readOnnxContract } from "../../src/interchange/onnx/read-onnx-contract.js";
import { writeInferenceModel } from "../../src/interchange/onnx/write-inference-model.js";
import { readTfjsModel } from "../../src/interchange/tfjs-layers/read-tfjs-model.js";
import { initialWeights } from "../../src/model/initial-weights.js";
import { customCnn } from "../../src/model/zoo/custom-cnn.js";
import { sampleContract } from "../../test/support/sample-contract.js";
import { httpSeeds, openHttpReader } from "./http-requests.js";
import { repairPngChecksums } from "./png-checksums.js";

export interface OpenReader {
  /** Reads one file; anything but a result or an AppError is a finding. `bytes` may be kept or moved. */
  read(bytes: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

export interface FuzzReader {
  readonly name: string;
  /** Share of all files that this reader gets: slow ones less. */
  readonly weight: number;
  /** Sound files, at least one. */
  seeds(): Promise<readonly Uint8Array[]>;
  /** Called after damage: may make checksums right. */
  readonly repair?: (bytes: Uint8Array, random: Random) => Uint8Array;
  open(): Promise<OpenReader>;
}

/** Damaged HDF5 files can loop for ever; the product waits 20 s and more by size, a measurement of thousands cannot. */
const timeLimitMs = 4000;

export const fuzzReaders: readonly FuzzReader[] = [
  { name: "jpeg", weight: 35, seeds: () => goldenFiles("opencv", /\.jpg$/), open: openImageReader },
  {
    name: "png",
    weight: 35,
    seeds: () => goldenFiles("opencv", /\.png$/),
    repair: (bytes, random) => (random.integer(4) === 0 ? bytes : repairPngChecksums(bytes)),
    open: openImageReader,
  },
  {
    name: "tfjs",
    weight: 35,
    seeds: () => goldenFiles(join("tfjs", "by-tfjs"), /^model\.json$/),
    open: openTfjsReader,
  },
  { name: "dicom", weight: 20, seeds: () => goldenFiles("dicom", /\.dcm$/), open: openDicomReader },
  { name: "onnx", weight: 35, seeds: onnxSeeds, open: openOnnxReader },
  { name: "http", weight: 10, seeds: httpSeeds, open: openHttpReader },
  { name: "hdf5", weight: 5, seeds: hdf5Seeds, open: openHdf5Reader },
];

async function goldenFiles(folder: string, pattern: RegExp): Promise<Uint8Array[]> {
  const path = join(packageRoot(), "test", "golden", folder);
  const names = (await readdir(path)).filter((name) => pattern.test(name)).sort();
  return Promise.all(names.map(async (name) => new Uint8Array(await readFile(join(path, name)))));
}

async function hdf5Seeds(): Promise<readonly Uint8Array[]> {
  const graph = customCnn({ imageSize: 16 });
  const own = withoutSeal(await kerasModelBytes(graph, initialWeights(graph, 1), { json: { epoch: 3 } }, "own"));
  return [...(await goldenFiles("keras", /^(frozen|functional|sequential).*\.h5$/)), own.slice()];
}

async function openImageReader(): Promise<OpenReader> {
  return { read: (bytes) => decodeGray(bytes), close: async () => undefined };
}

async function openTfjsReader(): Promise<OpenReader> {
  const folder = await mkdtemp(join(tmpdir(), "pneumoscope-fuzz-"));
  const sound = join(packageRoot(), "test", "golden", "tfjs", "by-tfjs");
  for (const name of await readdir(sound)) await writeFile(join(folder, name), await readFile(join(sound, name)));
  const path = join(folder, "model.json");
  return {
    read: async (bytes) => {
      await writeFile(path, bytes);
      return readTfjsModel(path);
    },
    close: () => rm(folder, { recursive: true }),
  };
}

/** One thread and the time limit shortened: the product's is by size, at least 20 s. */
async function openDicomReader(): Promise<OpenReader> {
  const threads = new DecodeThreads({ threads: 1, timeoutMs: timeLimitMs });
  return {
    // Without its first bytes a DICOM file is another format to us, and libvips' turn.
    read: (bytes) => readRadiograph(bytes, { threads }),
    close: () => threads.close(),
  };
}

async function onnxSeeds(): Promise<readonly Uint8Array[]> {
  const graph = customCnn({ imageSize: 32 });
  return [writeInferenceModel(graph, initialWeights(graph, 1), sampleContract())];
}

/** The part of ours that parses; the graph itself goes to ONNX Runtime only after it was accepted here. */
async function openOnnxReader(): Promise<OpenReader> {
  return { read: async (bytes) => readOnnxContract(bytes, "fuzz.onnx"), close: async () => undefined };
}

async function openHdf5Reader(): Promise<OpenReader> {
  const reader = new Reader(timeLimitMs);
  return {
    read: (bytes) => reader.read({ bytes: withSeal(bytes), place: "fuzz.h5", request: undefined }),
    close: () => reader.close(),
  };
}
