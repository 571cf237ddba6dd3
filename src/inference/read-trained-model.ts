// A trained model from a run folder, a Keras or a TensorFlow.js file, as one can use it: checked to be a classifier of
// one score per image, with its contract complete. Files of ONNX carry no graph of ours; `openModel` opens them.
import { basename, dirname, extname } from "node:path";
import { AppError } from "../core/errors.js";
import { exists } from "../core/exists.js";
import { runPaths } from "../core/run-folder.js";
import { readPredictions } from "../evaluation/predictions-file.js";
import { isUnpacked, isZip } from "../interchange/keras-archive/read-keras-archive.js";
import { type ModelFile, parseModelFile, readModelFile } from "../interchange/read-model-file.js";
import type { MeasuredOperation } from "../model/measured-operation.js";
import { completeContract, type ModelContract } from "../model/model-contract.js";
import type { ModelGraph } from "../model/model-graph.js";
import { inferShapes } from "../model/shapes.js";
import { isStoredContract, type StoredContract } from "../model/stored-contract.js";
import type { WeightMap } from "../model/weights.js";
import { zoo } from "../model/zoo/registry.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { type Assumption, type ForeignOptions, withProbability } from "./foreign-model.js";
import { measuredOperation } from "./measured-operation.js";
import { scalingOf } from "./pixel-range.js";

/** Larger inputs would be a hostile or mistaken file: one image would need gigabytes. */
const largestSide = 4096;

export interface TrainedModel {
  /** The .keras or .h5 file, the model.json, or an unpacked .keras file's config.json. */
  readonly file: string;
  readonly graph: ModelGraph;
  readonly weights: WeightMap;
  readonly contract: ModelContract;
  /** False for files by Keras itself, whose scaling and threshold are then assumptions to be shown. */
  readonly hasContract: boolean;
  /** What such a file is taken for; absent where it says so itself. */
  readonly assumed?: Assumption;
}

/**
 * @param place a run folder (its weights/best.h5 is taken, its predictions say how well the threshold did), a Keras
 *   .keras or .h5 file, the folder that a .keras file was unpacked into, a TensorFlow.js model.json or its folder
 * @param models those whose licences are known
 * @param options how a file is read that does not say it; the model that comes back gives P(pneumonia)
 * @throws AppError as `readModelFile`, `readPredictions` and `withProbability`; MODEL_INVALID when the model is not a
 *   classifier of one score; OPTION_INVALID where the file says itself how it is read
 */
export async function readTrainedModel(
  place: string,
  models: readonly ZooEntry[] = zoo,
  options: ForeignOptions = {},
): Promise<TrainedModel> {
  if (isOnnx(place) || (await isOnnxAlone(place))) {
    throw new AppError("MODEL_INVALID", {
      place,
      rule: "should be a run folder with weights/best.h5, a Keras .keras or .h5 file or a TensorFlow.js model.json",
      received: isOnnx(place)
        ? "a .onnx file, from which no model can be made again"
        : "a run on a backbone: its layers are those of a .onnx file by others, from which no model can be made again",
      remedy: isOnnx(place) ? "Name what it was exported from" : "Take its model.onnx",
    });
  }
  const model = await readModelFile(place);
  const isOfRun = model.file === runPaths(place).bestWeights;
  const operationAt = async (threshold: number) => (isOfRun ? await savedOperation(place, threshold) : []);
  return trainedModel(model, operationAt, models, options);
}

/** As `readTrainedModel`, for the bytes of a Keras .keras or .h5 file. */
export async function parseTrainedModel(
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
  models: readonly ZooEntry[] = zoo,
  options: ForeignOptions = {},
): Promise<TrainedModel> {
  return trainedModel(await parseModelFile(name, bytes), async () => [], models, options);
}

/** A .keras or a .h5 file's bytes, by the mark at their beginning. */
export const isKeras = (bytes: Uint8Array): boolean =>
  isZip(bytes) || [0x89, 0x48, 0x44, 0x46].every((byte, i) => bytes[i] === byte);

/** For a file that carries something else than a contract of this version. */
export const contractInvalid = (file: string): AppError =>
  new AppError("MODEL_INVALID", {
    place: file,
    rule: "a model of ours says how its images are to be prepared (version 1, images of its input's size)",
    received: "another contract: the file is damaged or was written by another Pneumoscope",
    remedy: "Copy or train it again",
  });

async function trainedModel(
  model: ModelFile,
  operationAt: (threshold: number) => Promise<readonly MeasuredOperation[]>,
  models: readonly ZooEntry[],
  options: ForeignOptions,
): Promise<TrainedModel> {
  const { file, contract: stored } = model;
  if (stored === undefined) {
    const { graph, weights, assumed } = withProbability(model, options);
    const assumption = assumedContract(file, checkedImageSize(file, graph), assumed);
    const complete = completeContract(assumption, undefined, unmeasured);
    const contract = { ...complete, intendedUse: `${assumptionText(assumed)} ${complete.intendedUse}` };
    return { file, graph, weights, contract, hasContract: false, assumed };
  }
  const { graph, weights } = model;
  checkNothingAsked(file, options);
  const imageSize = checkedImageSize(file, graph);
  if (!isStoredContract(stored) || stored.imageSize !== imageSize) throw contractInvalid(file);
  const operation = await operationAt(stored.threshold.value);
  const entry = models.find(({ id }) => id === stored.model);
  return {
    file,
    graph,
    weights,
    contract: completeContract(stored, entry, { ...unmeasured, operation }),
    hasContract: true,
  };
}

/** Whether a file is taken for ONNX: by its name, as people choose files. */
export const isOnnx = (file: string): boolean => extname(file).toLowerCase() === ".onnx";

/** Whether a run folder's model is a .onnx file and nothing else: a head on a backbone by others. */
export async function isOnnxAlone(place: string): Promise<boolean> {
  const { onnx, bestWeights } = runPaths(place);
  return (await exists(onnx)) && !(await exists(bestWeights));
}

const unmeasured = { operation: [], precision: "float32", productVersion: null } as const;

/** Of a run that is still going there are no predictions. */
async function savedOperation(folder: string, threshold: number): Promise<readonly MeasuredOperation[]> {
  const rows = await readPredictions(runPaths(folder).predictions).catch((thrown: unknown) => {
    if (thrown instanceof AppError && thrown.code === "FILE_MISSING") return [];
    throw thrown;
  });
  return measuredOperation(rows, threshold);
}

/** @throws AppError MODEL_INVALID */
function checkedImageSize(file: string, graph: ModelGraph): number {
  const shapes = inferShapes(graph);
  const input = graph.nodes.find((node) => node.className === "InputLayer");
  const [height = 0, width = 0, channels = 0] = input?.config.shape ?? [];
  const output = shapes.get(graph.output) ?? [];
  if (height === width && height <= largestSide && (channels === 1 || channels === 3) && output.join() === "1") {
    return height;
  }
  throw new AppError("MODEL_INVALID", {
    place: file,
    rule: `a model takes square images of at most ${largestSide} pixels a side and 1 or 3 channels, and gives one score`,
    received: `input [${input?.config.shape}], output [${output}]`,
    remedy: "Choose a pneumonia model of this kind",
  });
}

/** @throws AppError OPTION_INVALID where the file says itself what it is asked to be taken for */
export function checkNothingAsked(file: string, { scores = "pneumonia", pixels }: ForeignOptions): void {
  if (scores === "pneumonia" && pixels === undefined) return;
  const [rule, received] =
    scores === "pneumonia"
      ? ["says itself how its pixels are scaled", `pixels "${pixels}"`]
      : ["says itself that its score is P(pneumonia)", `scores "${scores}"`];
  throw new AppError("OPTION_INVALID", { place: file, rule, received, remedy: "Omit it" });
}

/** Goes with the score wherever the contract's intended use does: the API, and the page of a served model. */
function assumptionText({ scoresFrom, pixelsFrom }: Assumption): string {
  const isAssumed = [scoresFrom, pixelsFrom].includes("assumed");
  const rest = "scaling and the class of its score are as it or whoever opened it says; the threshold is assumed.";
  return `The file does not say how it wants to be read: ${isAssumed ? "scaling, threshold and the class of its score are assumed." : rest}`;
}

/** For a file by Keras: threshold 0.5. */
function assumedContract(file: string, imageSize: number, { pixels }: Assumption): StoredContract {
  return {
    version: 1,
    model: "custom",
    title: basename(isUnpacked(file) ? dirname(file) : file),
    protocol: "study",
    weights: { title: "unknown", sha256: null, fresh: [] },
    imageSize,
    interpolation: "linear",
    scaling: scalingOf[pixels],
    classes: ["NORMAL", "PNEUMONIA"],
    threshold: { value: 0.5, policy: "0.5", chosenOn: null },
    trainedOn: { dataset: "unknown", images: 0, sha256: "", kind: "other" },
  };
}
