// The model that a run's arguments ask for, and the stages it is trained in.
import type { ModelGraph } from "../../model/model-graph.js";
import { parseTrainablePart } from "../../model/trainable-part.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import { type Stage, stagesOf } from "../../training/stages.js";
import type { RunArguments } from "./run-arguments.js";

/** @throws AppError OPTION_INVALID for a width the model does not have */
export function runModel({ imageSize, alpha, protocol }: RunArguments, entry: ZooEntry): ModelGraph {
  return entry.build({ imageSize, alpha, protocol });
}

/** @throws AppError OPTION_INVALID as `runModel`, or for layers the model does not have */
export function runStages(args: RunArguments, entry: ZooEntry): readonly [Stage, ...Stage[]] {
  const graph = runModel(args, entry);
  const first = { epochs: args.epochs, learningRate: args.lr, trainable: parseTrainablePart(args.trainFrom) };
  if (args.fineTune === 0) return stagesOf(graph, entry.firstHeadLayer, [first]);
  const trainable = parseTrainablePart(args.fineTuneFrom);
  const second = { epochs: args.fineTune, learningRate: args.fineTuneLr, trainable };
  return stagesOf(graph, entry.firstHeadLayer, [first, second]);
}
