// All settings of one training, chosen and parsed: the type. What each may be stands in the settings table.
import type { Fold } from "../dataset/folds.js";
import type { LeakPolicy } from "../dataset/leaks.js";
import type { PatientSource, ValidationPolicy } from "../dataset/split.js";
import type { ThresholdPolicy } from "../evaluation/threshold.js";
import type { Interpolation } from "../images/resize.js";
import type { TrainablePart } from "../model/trainable-part.js";
import type { Protocol } from "../model/zoo/zoo-entry.js";
import type { AugmentationName } from "../training/augmentations/registry.js";
import type { ProcessSettings } from "./process-settings.js";

export const precisions = ["float32", "bfloat16"] as const;
export type Precision = (typeof precisions)[number];

/** All settings of one training, chosen and parsed. */
export interface RunSettings extends ProcessSettings {
  /** The registry's name, or "backbone". */
  readonly model: string;
  /** Absolute path of a .onnx file by others whose features a head is trained on; "none" trains the model's own layers. */
  readonly backbone: string;
  /** Which of its values they are; "auto" for its only output. */
  readonly features: string;
  /** How it wants its pixels, as `pixelsOrModel` has it. */
  readonly pixels: string;
  /** Width multiplier of the MobileNet family; 1 elsewhere. */
  readonly alpha: number;
  readonly protocol: Protocol;
  /** Absolute path of the dataset. */
  readonly data: string;
  /** "none", "pretrained" (the published ones) or the absolute path of a file. */
  readonly weights: string;
  /** Layers of the backbone that start at random although weights are loaded. */
  readonly fresh: readonly string[];
  readonly trainFrom: TrainablePart;
  readonly epochs: number;
  /** Images a step. */
  readonly batch: number;
  /** First learning rate of Adam. */
  readonly lr: number;
  /** Epochs of fine-tuning after the first stage; 0 for none. */
  readonly fineTune: number;
  readonly fineTuneLr: number;
  readonly fineTuneFrom: TrainablePart;
  readonly augmentation: AugmentationName;
  readonly seed: number;
  readonly validation: ValidationPolicy;
  readonly patients: PatientSource;
  readonly leaks: LeakPolicy;
  /** Of a cross-validation: which part is tested in place of test/; null for test/ itself. */
  readonly fold: Fold | null;
  readonly threshold: ThresholdPolicy;
  /** Share of each class that is to be answered right or left open; null where there is no third answer. */
  readonly unsure: number | null;
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly interpolation: Interpolation;
  /** Pixels that an image may have; larger ones are skipped. */
  readonly maxPixels: number;
  readonly precision: Precision;
  readonly threads: number;
  readonly device: string;
}
