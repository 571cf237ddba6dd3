// What the registry knows of a model: everything that whoever feeds it, trains it, shows it or exports it must know.
// Nobody else writes down an input size, a mean or a licence a second time.
import type { FileChecksum } from "../../core/download/file-checksum.js";
import type { ModelGraph } from "../model-graph.js";
import type { TrainablePart } from "../trainable-part.js";

/** `study` repeats the study's notebook; `sound` is the corrected protocol and the default. */
export type Protocol = "study" | "sound";

/** A pixel's way into the network: grey value 0..255, times `multiply`, plus `add`, for each of the three channels. */
export interface PixelScaling {
  /** For people: "0 to 1", "ImageNet mean and deviation". */
  readonly title: string;
  readonly multiply: readonly [number, number, number];
  readonly add: readonly [number, number, number];
}

/** Scores of one class, 0..1. */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** The test images that the study read: the published test part. */
export const studyTest = { normal: 234, pneumonia: 390 } as const;

/** The study's own result and parameter counts for a model (its Figure 33), on the images of `studyTest`. */
export interface StudyRow {
  readonly accuracy: number;
  readonly pneumonia: ClassScores;
  readonly normal: ClassScores;
  readonly trainable: number;
  readonly nonTrainable: number;
  readonly total: number;
}

/** What may differ between two graphs of one model. */
export interface BuildOptions {
  /** Height and width of the input in pixels; the entry's own when absent. */
  readonly imageSize?: number;
  /** Width multiplier of the MobileNet family; 1 when absent. Other families have none and refuse another value. */
  readonly alpha?: number;
  /** CheXNet's graph depends on it; `sound` when absent. */
  readonly protocol?: Protocol;
}

/** Below it Keras' applications lie. */
export const kerasApplications = "https://storage.googleapis.com/tensorflow/keras-applications";

/** Where a backbone's published weights come from. */
export interface PretrainedSource {
  /** For people and reports: "ImageNet", "ChestX-ray14 (CheXNet)". */
  readonly title: string;
  readonly url: string;
  /** What the file must be; null where its publisher states nothing. */
  readonly checksum: FileChecksum | null;
  readonly licence: string;
  /** Layers that the file calls otherwise: our name -> the file's. */
  readonly otherNames?: Readonly<Record<string, string>>;
}

/** A model of the registry: its input, its origin, its licence, the study's result and how it is built. */
export interface ZooEntry {
  /** What the command line takes: `--model custom`. Lower case, unique. */
  readonly id: string;
  /** Other spellings that are understood. */
  readonly aliases: readonly string[];
  readonly title: string;
  /** One sentence for lists and model cards. */
  readonly description: string;
  readonly input: { readonly imageSize: number; readonly channels: 3 };
  readonly scaling: Readonly<Record<Protocol, PixelScaling>>;
  /** Class names by label; the model's one sigmoid output is the probability of the second. */
  readonly classes: readonly ["NORMAL", "PNEUMONIA"];
  readonly licence: string;
  /** Where architecture and starting weights come from. */
  readonly origin: string;
  /** Null for a model that the study does not have. */
  readonly study: StudyRow | null;
  /** The first layer that is added to the backbone and starts with random weights; null for a model without one. */
  readonly firstHeadLayer: string | null;
  /** Null where every weight starts at random. */
  readonly pretrained: PretrainedSource | null;
  /** Which weights a training starts from and which layers learn, unless the user asks for something else. */
  readonly transfer: Readonly<Record<Protocol, TransferRecipe>>;
  /** The layer whose output Grad-CAM weighs: the last one with height and width, as `gradCamLayerOf` finds it in the sound graph. */
  readonly gradCamLayer: string;
  /** The architecture, every layer trainable; `withTrainablePart` freezes. */
  readonly build: (options?: BuildOptions) => ModelGraph;
}

/** What a model starts from and which part of it learns, unless settings say otherwise. */
export interface TransferRecipe {
  readonly weights: "pretrained" | "random";
  readonly trainable: TrainablePart;
}

/** The head alone learns, on the published features: what models begin with that the study does not have. */
export const headOnly: ZooEntry["transfer"] = {
  study: { weights: "pretrained", trainable: { kind: "head" } },
  sound: { weights: "pretrained", trainable: { kind: "head" } },
};

/** 0..255 to 0..1: the study's scaling for every model. */
export const unitScaling: PixelScaling = {
  title: "0 to 1",
  multiply: [1 / 255, 1 / 255, 1 / 255],
  add: [0, 0, 0],
};

/** 0..255 to -1..1, as MobileNet's and ResNetV2's published weights expect it (`preprocess_input` in Keras' mode "tf"). */
export const symmetricScaling: PixelScaling = {
  title: "-1 to 1",
  multiply: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  add: [-1, -1, -1],
};

/** The network scales the pixels itself, as its published weights expect it: both protocols are alike. */
export const ownScaling: PixelScaling = {
  title: "by the network itself (0 to 255 goes in)",
  multiply: [1, 1, 1],
  add: [0, 0, 0],
};

/** Per channel red, green, blue, of values 0 to 1. */
export const imageNetMean = [0.485, 0.456, 0.406] as const;
export const imageNetDeviation = [0.229, 0.224, 0.225] as const;

/** 0..255 to ImageNet's mean and deviation per channel (`preprocess_input` in Keras' mode "torch"). */
export const imageNetScaling: PixelScaling = {
  title: "ImageNet mean and deviation",
  multiply: [1 / 255 / imageNetDeviation[0], 1 / 255 / imageNetDeviation[1], 1 / 255 / imageNetDeviation[2]],
  add: [
    -imageNetMean[0] / imageNetDeviation[0],
    -imageNetMean[1] / imageNetDeviation[1],
    -imageNetMean[2] / imageNetDeviation[2],
  ],
};
