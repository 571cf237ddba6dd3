// The model that a run's arguments ask for, and the stages it is trained in.
import { parseTrainablePart } from "../model/trainable-part.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { type Stage, stagesOf } from "../training/stages.js";
import type { RunArguments } from "./settings.js";

/** @throws AppError OPTION_INVALID for a width or layers the model does not have */
export function runStages(args: RunArguments, entry: ZooEntry): readonly [Stage, ...Stage[]] {
  const { imageSize, alpha, protocol } = args;
  const graph = entry.build({ imageSize, alpha, protocol });
  const first = { epochs: args.epochs, learningRate: args.lr, trainable: parseTrainablePart(args.trainFrom) };
  if (args.fineTune === 0) return stagesOf(graph, entry.firstHeadLayer, [first]);
  const trainable = parseTrainablePart(args.fineTuneFrom);
  const second = { epochs: args.fineTune, learningRate: args.fineTuneLr, trainable };
  return stagesOf(graph, entry.firstHeadLayer, [first, second]);
}
