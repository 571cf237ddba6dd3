// Opens a trained model for use: a run folder or a model file becomes a network with its reading contract.
import { basename } from "node:path";
import { AppError } from "../../core/errors.js";
import { readModelFile } from "../../interchange/read-model-file.js";
import { isReadingContract, type ReadingContract } from "../../model/reading-contract.js";
import { inferShapes } from "../../model/shapes.js";
import { unitScaling } from "../../model/zoo/zoo-entry.js";
import { Network } from "../../training/network.js";

/** Larger inputs would be a hostile or mistaken file: one image would need gigabytes. */
const largestSide = 4096;

export interface SavedModel {
  readonly network: Network;
  readonly contract: ReadingContract;
  /** The .h5 file or the model.json. */
  readonly file: string;
  /** False for files by Keras itself, whose scaling and threshold are then assumptions to be shown. */
  readonly hasContract: boolean;
}

/**
 * @param place a run folder (its weights/best.h5 is taken), a Keras .h5 file, a TensorFlow.js model.json or its folder
 * @throws AppError as `readModelFile`, and MODEL_INVALID when the model is not a classifier of one score per image
 */
export async function openSavedModel(place: string): Promise<SavedModel> {
  const { file, graph, weights, contract: stored } = await readModelFile(place);
  const shapes = inferShapes(graph);
  const input = graph.nodes.find((node) => node.className === "InputLayer");
  const [height = 0, width = 0, channels = 0] = input?.config.shape ?? [];
  const output = shapes.get(graph.output) ?? [];
  if (height !== width || height > largestSide || (channels !== 1 && channels !== 3) || output.join() !== "1") {
    throw new AppError(
      "MODEL_INVALID",
      `${file}: a model takes square images of at most ${largestSide} pixels a side and 1 or 3 channels, and gives one score. ` +
        `Received input [${input?.config.shape}], output [${output}]. Choose a pneumonia model of this kind.`,
    );
  }
  const network = () => new Network(graph, weights);
  if (stored === undefined) {
    return { network: network(), contract: assumedContract(file, height), file, hasContract: false };
  }
  if (!isReadingContract(stored) || stored.imageSize !== height) {
    throw new AppError(
      "MODEL_INVALID",
      `${file}: a model of ours says how it wants to be read (version 1, images of its input's size). ` +
        "Received another contract: the file is damaged or was written by another Pneumoscope. Copy or train it again.",
    );
  }
  return { network: network(), contract: stored, file, hasContract: true };
}

/** For a file by Keras: grey values 0 to 1, the sigmoid is P(pneumonia), threshold 0.5. */
function assumedContract(file: string, imageSize: number): ReadingContract {
  return {
    version: 1,
    model: "custom",
    title: basename(file),
    protocol: "study",
    weights: { title: "unknown", sha256: null, fresh: [] },
    imageSize,
    interpolation: "linear",
    scaling: unitScaling,
    classes: ["NORMAL", "PNEUMONIA"],
    threshold: { value: 0.5, policy: "0.5", chosenOn: null },
    trainedOn: { dataset: "unknown", images: 0, sha256: "" },
  };
}
