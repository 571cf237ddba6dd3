// Everything a report shows, as plain data: the one contract between whoever ran something (the commands) and this
// folder, which reads no file and computes no metric. Parts that do not exist for a run are left out, and so is their
// section.
import type { Evaluation } from "../evaluation/evaluation.js";
import type { MetricTable } from "../evaluation/metrics/metric.js";
import type { Mistake } from "../evaluation/mistakes.js";
import type { Scored } from "../evaluation/prediction.js";
import type { SetComparison } from "../evaluation/shift/compare-sets.js";
import type { DimensionTable } from "../evaluation/subgroups/dimension.js";
import type { TestReading } from "../evaluation/test-reading.js";

/** An 8-bit grey image, row-major. Structurally the product's `GrayImage`; this folder imports nothing above it. */
export interface ReportImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An 8-bit RGB image, row-major ([height, width, 3]). */
export interface ReportColourImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface CaptionedImage {
  readonly image: ReportImage;
  readonly caption: string;
}

export interface ReportInput {
  readonly run: RunFacts;
  readonly protocol: ProtocolFacts;
  readonly model: ModelFacts;
  readonly dataset: DatasetFacts;
  /** A few images of each class as the model sees them. */
  readonly samples?: readonly SampleImage[] | undefined;
  /** One training image and warped copies of it. */
  readonly augmentation?: AugmentationPreview | undefined;
  /** Absent when a finished model was only evaluated, or a head was fitted. */
  readonly training?: TrainingFacts | undefined;
  /** Of a head that was fitted to features that stay as they are. */
  readonly head?: HeadFacts | undefined;
  /** Metrics and curves; the threshold in use is the test evaluation's. */
  readonly evaluation: {
    readonly test: Evaluation;
    readonly validation?: Evaluation | undefined;
  };
  /** How the test images differ from the training images; absent where nobody compared them. */
  readonly shift?: SetComparison | undefined;
  /** Which reading of the test images it is; absent where nobody counted. */
  readonly reading?: TestReading | undefined;
  /** The test predictions, for the histogram of scores. */
  readonly testScores: readonly Scored[];
  /** The wrong answers the model was surest of, worst first. */
  readonly mistakes?: readonly MistakeImage[] | undefined;
  /** How the mistakes' heat maps were made; absent where there are none. */
  readonly heatMaps?: HeatMapFacts | undefined;
  /** What a classifier that cannot see lungs reaches on the same test images. */
  readonly floors?: readonly ComparisonRow[] | undefined;
  /** The study's own row for the same model. */
  readonly reference?: ComparisonRow | undefined;
  /** Option -> value as given or defaulted. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** What it ran on: "Node.js" -> "20.20.2", "CPU" -> …, "threads" -> 2. */
  readonly environment: Readonly<Record<string, SettingValue>>;
  /** The metrics that tables show; the registry's when absent. */
  readonly metrics?: MetricTable | undefined;
  /** By which subgroups are told apart; the registry's when absent. */
  readonly dimensions?: DimensionTable | undefined;
  /** How images and weights were treated, and who the patients are: for checklists; absent of a model that was only evaluated. */
  readonly methods?: MethodFacts | undefined;
  /** Sentences beside the limits that hold for every run on this dataset. */
  readonly limits?: readonly string[] | undefined;
}

export type SettingValue = string | number | boolean | null | readonly (string | number)[];

export interface RunFacts {
  readonly name: string;
  /** ISO 8601, e.g. "2026-11-23T10:00:00Z". */
  readonly createdAt: string;
  /** The command line that repeats it. */
  readonly command?: string | undefined;
  readonly version: string;
}

export interface ProtocolFacts {
  readonly name: "sound" | "study";
  /** One sentence per rule, e.g. "Patients held out of train/ validate; val/ joins train." */
  readonly rules: readonly string[];
}

export interface ModelFacts {
  /** e.g. "Custom CNN". */
  readonly title: string;
  /** One line on where it comes from. */
  readonly description?: string | undefined;
  /** e.g. "1 x 224 x 224, pixels / 255". */
  readonly inputText?: string | undefined;
  /** What training started from, e.g. "ImageNet, mobilenet.h5; random: conv_pw_13". */
  readonly weightsText?: string | undefined;
  /** Where the architecture comes from, with its papers. */
  readonly origin?: string | undefined;
  /** SPDX names of the architecture's licence and of that of the weights it started from; null for random ones. */
  readonly licence?: { readonly model: string; readonly weights: string | null } | undefined;
  /** Which of the run folder's files hold the trained model. */
  readonly filesText?: string | undefined;
  readonly layers: readonly ModelLayerRow[];
  readonly parameters: { readonly total: number; readonly trainable: number; readonly nonTrainable: number };
}

/** A row of the summary as Keras prints it. */
export interface ModelLayerRow {
  readonly name: string;
  readonly className: string;
  /** As Keras prints it, batch first: "(None, 224, 224, 32)". */
  readonly outputShape: string;
  readonly parameters: number;
}

export interface DatasetFacts {
  readonly name: string;
  /** `synthetic` makes the report say loudly that no patient was involved. */
  readonly kind: "chest-xray-pneumonia" | "synthetic" | "other";
  /** What kept training and validation apart; "official": the published val/. Absent of runs by older versions. */
  readonly splitBy: "patient" | "image" | "official";
  /** Licence and citation, one sentence. */
  readonly attribution?: string | undefined;
  /** In the order train, validation, test: the parts as they were used, not as the folders are called. */
  readonly splits: readonly SplitFacts[];
  readonly skippedFiles: readonly SkippedFile[];
  /** A sentence on copies that were kept on one side; absent where there were none. */
  readonly keptTogether?: string | undefined;
  readonly duplicates: {
    /** Groups of byte-for-byte or pixel-for-pixel equal images. */
    readonly groups: number;
    readonly extraImages: number;
    /** Groups with images in more than one split. */
    readonly acrossSplits: number;
  };
  /** Patients with images in more than one split, 0 for an honest split. */
  readonly patientsAcrossSplits: number;
  /** The same where patients of one number count as one, as bacteria N and virus N of the published data; absent of runs by older versions. */
  readonly numbersAcrossSplits?: number | undefined;
  readonly classWeights?: { readonly normal: number; readonly pneumonia: number } | undefined;
}

export interface SplitFacts {
  readonly name: "train" | "validation" | "test";
  readonly normal: number;
  readonly pneumonia: number;
  /** Null where they are not known. */
  readonly patients: number | null;
  /** e.g. "10 % of the patients of train/". */
  readonly note?: string | undefined;
}

export interface MethodFacts {
  /** Sentences. */
  readonly preprocessing: readonly string[];
  /** By name, with their settings; sentences. */
  readonly optimizer: string;
  readonly loss: string;
  /** In the order train, validation, test. */
  readonly parts: readonly PartFacts[];
}

/** Ages and sexes of a part's images, from its manifest or DICOM headers. */
export interface PartFacts {
  readonly name: SplitFacts["name"];
  readonly images: number;
  /** In years, of the images of which it is known; null where it is of none. */
  readonly ages: {
    readonly known: number;
    readonly median: number;
    readonly lowest: number;
    readonly highest: number;
  } | null;
  /** Images by sex, "not stated" among them; null where it is known of none. */
  readonly sexes: Readonly<Record<string, number>> | null;
}

export interface SkippedFile {
  readonly name: string;
  readonly reason: string;
}

export interface SampleImage extends CaptionedImage {
  readonly label: 0 | 1;
}

export interface AugmentationPreview {
  readonly original: ReportImage;
  readonly warped: readonly ReportImage[];
  /** e.g. "rotation ±30°, zoom 0.8 to 1.2 per axis, shifts ±10 %, horizontal flip". */
  readonly description: string;
}

export interface TrainingFacts {
  readonly history: readonly EpochRow[];
  /** How the learning rate goes: in steps when a metric stands still, or steadily down. */
  readonly schedule: "plateau" | "cosine";
  /** The epoch the saved model comes from, counted from 1. */
  readonly bestEpoch: number;
  /** How it was chosen, e.g. "highest validation AUC" or "last epoch, as the study". */
  readonly bestEpochRule: string;
  /** The whole training's wall-clock time, evaluation excluded. */
  readonly totalSeconds: number;
}

/** Logistic regression fitted to its optimum with each of some penalties. */
export interface HeadFacts {
  /** The chosen inverse strength of the penalty, scikit-learn's C: the lowest loss on validation. */
  readonly c: number;
  /** Strongest penalty first. */
  readonly tried: readonly TriedPenalty[];
}

/** What one penalty came to on the validation images. */
export interface TriedPenalty {
  readonly c: number;
  /** Class-weighted. */
  readonly validationLoss: number;
  /** Null where they are of one class. */
  readonly validationAuc: number | null;
  /** False where the fit stopped at its limit of iterations. */
  readonly isConverged: boolean;
}

/** One line of history.csv (the training's `HistoryRow`). Validation values are null where there are none. */
export interface EpochRow {
  /** Counted from 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  readonly validationAuc: number | null;
  /** The rate the epoch was trained with. */
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  readonly seconds: number;
}

/** One of the evaluation's mistakes with its pixels. */
export interface MistakeImage extends Mistake {
  readonly image: ReportImage;
  /** Where the model looked for the class that it called. */
  readonly looked?: LookedImage | undefined;
}

/** The radiograph with a heat map over it, and the map in numbers: shares 0..1, null where there is no heat. */
export interface LookedImage {
  readonly image: ReportColourImage;
  /** Share of the heat outside the frame in which lungs usually lie. */
  readonly outsideFrame: number | null;
  /** Share of the heat in the outer eighth of each side. */
  readonly border: number | null;
}

export interface HeatMapFacts {
  /** The layer whose values are weighed. */
  readonly layer: string;
  /** Cells down and across. */
  readonly height: number;
  readonly width: number;
  /** The frame in which lungs usually lie, e.g. "the middle 80% of the width and 70% of the height". */
  readonly frameText: string;
  /** What a map that is the same everywhere has. */
  readonly evenShares: { readonly outsideFrame: number; readonly border: number };
  /** The randomisation check on these images; absent where it was not made. */
  readonly check?: HeatMapCheck | undefined;
}

/** How far maps agree (mean |Spearman's rho|) with those of the same model with weights drawn at random again. */
export interface HeatMapCheck {
  /** That of `allLayers`. */
  readonly verdict: "changed" | "unchanged" | "unknown";
  /** Agreement must stay below this. */
  readonly bound: number;
  readonly allLayers: HeatMapAgreement;
  /** Only the layers behind the weighed one drawn again. */
  readonly lastLayers: HeatMapAgreement;
}

/** Over several draws. */
export interface HeatMapAgreement {
  readonly verdict: "changed" | "unchanged" | "unknown";
  readonly agreement: number | null;
  readonly draws: readonly (number | null)[];
  /** Of maps that have nothing to do with each other. */
  readonly chance: { readonly mean: number; readonly high: number } | null;
  readonly images: number;
}

/** A line to stand beside this run's result. Proportions 0..1; null where the source does not give the number. */
export interface ComparisonRow {
  readonly title: string;
  /** Where the number comes from or how it was got. */
  readonly source: string;
  readonly accuracy: number | null;
  readonly sensitivity: number | null;
  readonly specificity: number | null;
  readonly auc: number | null;
}
