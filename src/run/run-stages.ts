// The model that a run's settings ask for, and the stages it is trained in.
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { type Stage, stagesOf } from "../training/stages.js";
import type { RunSettings } from "./settings.js";

/** @throws AppError OPTION_INVALID for a width or layers the model does not have */
export function runStages(settings: RunSettings, entry: ZooEntry): readonly [Stage, ...Stage[]] {
  const { imageSize, alpha, protocol } = settings;
  const graph = entry.build({ imageSize, alpha, protocol });
  const first = { epochs: settings.epochs, learningRate: settings.lr, trainable: settings.trainFrom };
  if (settings.fineTune === 0) return stagesOf(graph, entry.firstHeadLayer, [first]);
  const second = { epochs: settings.fineTune, learningRate: settings.fineTuneLr, trainable: settings.fineTuneFrom };
  return stagesOf(graph, entry.firstHeadLayer, [first, second]);
}
