// A training's stages: the first with its trainable layers and learning rate and, where fine-tuning was asked for, a
// second that goes on from the best weights so far with more layers and a smaller rate. Each has its own optimizer.
import type { ModelGraph } from "../model/model-graph.js";
import { type TrainablePart, withTrainablePart } from "../model/trainable-part.js";

export interface StageSettings {
  readonly epochs: number;
  readonly learningRate: number;
  readonly trainable: TrainablePart;
}

export interface Stage {
  /** With this stage's trainable layers. */
  readonly graph: ModelGraph;
  /** Epochs that are done when it begins. */
  readonly epochsBefore: number;
  /** Counted from 1 over all stages. */
  readonly lastEpoch: number;
  readonly learningRate: number;
}

/** @throws AppError OPTION_INVALID as `withTrainablePart` */
export function stagesOf(
  graph: ModelGraph,
  firstHeadLayer: string | null,
  [first, ...later]: readonly [StageSettings, ...StageSettings[]],
): readonly [Stage, ...Stage[]] {
  const stageAfter = (epochsBefore: number, { epochs, learningRate, trainable }: StageSettings): Stage => ({
    graph: withTrainablePart(graph, trainable, firstHeadLayer),
    epochsBefore,
    lastEpoch: epochsBefore + epochs,
    learningRate,
  });
  const stages: [Stage, ...Stage[]] = [stageAfter(0, first)];
  for (const settings of later) stages.push(stageAfter(stages.at(-1)?.lastEpoch ?? 0, settings));
  return stages;
}
