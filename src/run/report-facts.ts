// Gathers what the report shows about data, model and training: counts, sample images, an augmentation preview.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { AppError } from "../core/errors.js";
import { joinedCopiesText } from "../dataset/copies/kept-together.js";
import { countSamples } from "../dataset/data-summary.js";
import { groupDuplicates, patientsAcrossSplits, underNumber } from "../dataset/duplicates.js";
import type { Fold } from "../dataset/folds.js";
import { pickSamples } from "../dataset/pick-samples.js";
import type { Sample } from "../dataset/sample.js";
import type { ValidationPolicy } from "../dataset/split.js";
import { formatThresholdPolicy, studyThreshold } from "../evaluation/threshold.js";
import type { ModelGraph } from "../model/model-graph.js";
import type { StoredContract } from "../model/stored-contract.js";
import { parameterCounts, summaryRows } from "../model/summary.js";
import { trainablePartText } from "../model/trainable-part.js";
import { type StudyRow, studyTest, type ZooEntry } from "../model/zoo/zoo-entry.js";
import type {
  AugmentationPreview,
  ComparisonRow,
  DatasetFacts,
  ModelFacts,
  ReportImage,
  SampleImage,
} from "../report/report-input.js";
import { inArena } from "../tensor/arena.js";
import { noGrad } from "../tensor/engine.js";
import { type Augmentation, changesImages } from "../training/augmentations/augmentation.js";
import { Augmenter } from "../training/augmentations/augmenter.js";
import { augmentations } from "../training/augmentations/registry.js";
import { gatherImages, type PixelArray } from "../training/image-batch.js";
import type { ProtocolRules } from "../training/protocol.js";
import { hasBackbone } from "./backbone/backbone-entry.js";
import type { PreparedData } from "./prepare-data.js";
import { everyImage } from "./score-samples.js";
import type { RunSettings } from "./settings.js";

/** `graph` with its layers as they were trained. */
export function modelFacts(entry: ZooEntry, contract: StoredContract, graph: ModelGraph): ModelFacts {
  const { imageSize, scaling, weights } = contract;
  return {
    title: entry.title,
    description: entry.description,
    inputText: `${imageSize} x ${imageSize} grey pixels, scaled ${scaling.title}, repeated to 3 channels`,
    weightsText: weights.title,
    origin: entry.origin,
    licence: { model: entry.licence, weights: weights.title === "random" ? null : (entry.pretrained?.licence ?? null) },
    filesText: "weights/best.h5 for Keras, model.onnx for ONNX Runtime, with all that is needed to use it",
    layers: summaryRows(graph),
    parameters: parameterCounts(graph),
  };
}

/** The protocol's rules as they were followed: an option may have changed them. */
export function ruleSentences(settings: RunSettings, rules: ProtocolRules): readonly string[] {
  const fineTuning =
    settings.fineTune === 0
      ? []
      : [
          `Fine-tuning: ${settings.fineTune} more epochs from the best weights, layers "${trainablePartText(settings.fineTuneFrom)}", first learning rate ${settings.fineTuneLr}.`,
        ];
  const threshold =
    settings.threshold.kind === "fixed"
      ? `An image is called pneumonia from a score of ${settings.threshold.value}, ${settings.threshold.value === studyThreshold.value ? "fixed beforehand" : "given by the user, origin unknown"}.`
      : `The score from which an image is called pneumonia is chosen on validation: ${formatThresholdPolicy(settings.threshold)}.`;
  const sentences = hasBackbone(settings) ? headSentences : rules.sentences;
  return [augmentations[settings.augmentation].sentence, ...sentences, ...fineTuning, threshold];
}

/** The sound protocol's, of a head that is fitted to its optimum. */
const headSentences: readonly string[] = [
  "The head is a logistic regression with class weights, fitted to its optimum: no learning rate, no epochs, no chance.",
  "Its penalty is the one with the lowest class-weighted loss on validation. The test images are read once, at the end.",
];

export function datasetFacts(
  data: PreparedData,
  { validation: validationPolicy, fold }: Pick<RunSettings, "validation" | "fold">,
): DatasetFacts {
  const { training, validation, trainingData, testImages } = data;
  const as = (split: Sample["split"], samples: readonly Sample[]) => samples.map((sample) => ({ ...sample, split }));
  const [trained, validated, tested] = [as("train", training), as("val", validation), as("test", testImages.loaded)];
  const parts = [...trained, ...validated, ...tested];
  const duplicates = groupDuplicates([
    ...digests(trainingData, trainingData.train, trained),
    ...digests(trainingData, trainingData.validation, validated),
    ...digests(testImages, everyImage(testImages), tested),
  ]);
  const [normal, pneumonia] = data.classWeights;
  const { kind, root } = data.dataset;
  return {
    name: basename(root),
    kind,
    splitBy: data.splitBy,
    attribution: kind === "chest-xray-pneumonia" ? attribution : undefined,
    splits: [
      splitFacts("train", training),
      splitFacts("validation", validation, validationNotes[data.splitBy === "image" ? "images" : validationPolicy]),
      splitFacts("test", testImages.loaded, fold === null ? "test/ as published" : foldNote(fold)),
    ],
    skippedFiles: [
      ...data.dataset.skipped,
      ...data.skipped.map(({ sample, error }) => ({ name: sample.name, reason: reasonOf(error, sample.path) })),
    ],
    duplicates: {
      groups: duplicates.length,
      extraImages: duplicates.reduce((sum, { names }) => sum + names.length - 1, 0),
      acrossSplits: duplicates.filter(({ acrossSplits }) => acrossSplits).length,
    },
    keptTogether: joinedCopiesText(data.joined),
    patientsAcrossSplits: patientsAcrossSplits(parts).length,
    numbersAcrossSplits: patientsAcrossSplits(parts.map(underNumber)).length,
    classWeights: { normal, pneumonia },
  };
}

const validationNotes: Readonly<Record<ValidationPolicy | "images", string>> = {
  images: "a tenth of the images of train/ and val/: patients are unknown",
  patients: "a tenth of the patients of train/ and val/, drawn at random",
  blocks: "a tenth of train/ and val/: runs of neighbouring patient numbers",
  official: "val/ as published",
};

const foldNote = ({ number, of }: Fold) => `fold ${number} of ${of} of train/ and val/: test/ is not read`;

export const attribution =
  "Kermany, Zhang and Goldbaum: Labeled Optical Coherence Tomography and Chest X-Ray Images for Classification, Mendeley Data, 2018; CC BY 4.0.";

function splitFacts(name: DatasetFacts["splits"][number]["name"], samples: readonly Sample[], note?: string) {
  const { normal, pneumonia, patients } = countSamples(samples);
  return { name, normal, pneumonia, patients, note };
}

/** Samples with a digest of their pixels. */
function* digests(
  images: PixelArray,
  positions: Int32Array,
  samples: readonly Sample[],
): Generator<readonly [Sample, string]> {
  for (const [i, sample] of samples.entries()) {
    yield [
      sample,
      createHash("sha1")
        .update(imageAt(images, positions[i] as number).data)
        .digest("base64"),
    ];
  }
}

/** A few training images of each class. */
export function sampleImages({ trainingData, training }: PreparedData, seed: number): readonly SampleImage[] {
  const positions = new Map(training.map((sample, i) => [sample, trainingData.train[i] as number]));
  return pickSamples(training, { perClass: 4, seed }).map((sample) => ({
    image: imageAt(trainingData, positions.get(sample) as number),
    label: sample.label,
    caption: basename(sample.name),
  }));
}

/** One training image and seven augmented copies, by the code that trains. */
export function augmentationPreview(
  { trainingData }: Pick<PreparedData, "trainingData">,
  augmentation: Pick<Augmentation, "parts">,
  seed: number,
): AugmentationPreview | undefined {
  if (!changesImages(augmentation)) return undefined;
  const { size, train } = trainingData;
  const position = train[0] as number;
  const augmenter = new Augmenter(augmentation, seed, "augmentation preview");
  const copies = new Int32Array(7).fill(position);
  const values = noGrad(() => inArena(() => augmenter.apply(gatherImages(trainingData, copies)).toFloat32()));
  const bytes = Uint8Array.from(values, Math.round);
  return {
    original: imageAt(trainingData, position),
    warped: Array.from(copies, (_, i) => imageAt({ pixels: bytes, size }, i)),
    description: augmentation.parts.map(({ description }) => description).join(", "),
  };
}

/** The image at a position of the pixels; shares their memory. */
export function imageAt({ pixels, size }: PixelArray, position: number): ReportImage {
  return { width: size, height: size, data: pixels.subarray(position * size * size, (position + 1) * size * size) };
}

/** Whether images are as many of each class as the study tested: a part of the published test is another test. */
export const isStudyTest = ({ normal, pneumonia }: { readonly normal: number; readonly pneumonia: number }): boolean =>
  normal === studyTest.normal && pneumonia === studyTest.pneumonia;

/** The study's result for the model, if it has one; its recalls are sensitivity and specificity. */
export function studyComparison(study: StudyRow | null): ComparisonRow {
  return {
    title: "The study's own result",
    source: study === null ? "none: this model is not in the study" : "one run, chosen on these test images",
    accuracy: study?.accuracy ?? null,
    sensitivity: study?.pneumonia.recall ?? null,
    specificity: study?.normal.recall ?? null,
    auc: null,
  };
}

/** The error's message without the path: beside a name it says nothing new, and may tell of a person. */
function reasonOf({ message }: AppError, path: string): string {
  const rule = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
  return rule.replaceAll(path, basename(path)); // the system's own words may name it again
}
