// The two ways of training (docs/study.md): `study` repeats the notebook with its weaknesses, `sound` mends them.
// What differs between them stands here and nowhere else.
import type { ValidationPolicy } from "../dataset/split.js";
import type { ThresholdPolicy } from "../evaluation/threshold.js";
import type { PixelScaling, Protocol, ZooEntry } from "../model/zoo/zoo-entry.js";
import type { AugmentationName } from "./augmentations/registry.js";
import { type Schedule, studyPlateau } from "./schedules.js";
import type { TrainingSettings } from "./trainer.js";

export const protocolNames = ["sound", "study"] as const satisfies readonly Protocol[];

export interface ProtocolRules {
  readonly validation: ValidationPolicy;
  readonly scaling: PixelScaling;
  readonly augmentation: AugmentationName;
  readonly augmentValidation: boolean;
  readonly schedule: Schedule;
  readonly select: TrainingSettings["select"];
  /** Whether what is validated and kept is a running average of the weights. */
  readonly averagesWeights: boolean;
  /**
   * Policy of the decision threshold. Class weights make the loss that of balanced classes, for which 0.5 is the best
   * cut of a calibrated score; thresholds fitted to validation data carried over to the test worse.
   */
  readonly threshold: ThresholdPolicy;
  /** The rules in words, one sentence each, for reports. */
  readonly sentences: readonly string[];
}

export function protocolRules(protocol: Protocol, entry: ZooEntry): ProtocolRules {
  const scaling = entry.scaling[protocol];
  switch (protocol) {
    case "study":
      return {
        validation: "official",
        scaling,
        augmentation: "study",
        augmentValidation: true,
        schedule: { name: "plateau", settings: studyPlateau, monitor: "accuracy" },
        select: "last",
        averagesWeights: false,
        threshold: { kind: "fixed", value: 0.5 },
        sentences: [
          "Validation images are augmented too, as in the study.",
          "The learning rate is multiplied by 0.3 when validation accuracy has not risen for 2 epochs.",
          "The weights of the last epoch are the result.",
          "Repeats the study's procedure for comparison. With 16 validation images chance decides much: prefer the sound protocol.",
        ],
      };
    case "sound":
      return {
        validation: "patients",
        scaling,
        augmentation: "exposure",
        augmentValidation: false,
        schedule: { name: "cosine" },
        select: "latest among the best",
        averagesWeights: true,
        threshold: { kind: "fixed", value: 0.5 },
        sentences: [
          "The learning rate falls along half a cosine to 0, step by step; validation does not steer it.",
          "Validated and kept is a running average of the weights over about one epoch: single steps scatter.",
          "The result is the latest epoch whose validation AUC is within one standard error of the highest. The test images are read once, at the end.",
        ],
      };
    default:
      return protocol satisfies never;
  }
}
