// Everything an exported model file says about itself, so that whoever opens it needs nothing else: how pixels go in,
// what the score means and how well it did, what it was made from and for. JSON inside the file.
import { splitByImageText } from "../core/split-by-image.js";
import { isStoredContract, type StoredContract } from "./stored-contract.js";
import type { ZooEntry } from "./zoo/zoo-entry.js";

/** Rises when a field changes its meaning or goes away. */
export const modelSchemaVersion = 1;

/** How a file stores kernels; computation is float32 in each. */
export const weightPrecisions = ["float32", "float16", "int8"] as const;
/** One of `weightPrecisions`. */
export type WeightPrecision = (typeof weightPrecisions)[number];

/** A proportion or AUC with its 95 % interval; null where there was nothing to divide by. */
export interface MeasuredValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Images in the denominator. */
  readonly n: number;
}

/** What the model's threshold amounts to on one split of its dataset. */
export interface MeasuredOperation {
  readonly split: "validation" | "test";
  /** Scores of at least this were called pneumonia. */
  readonly threshold: number;
  readonly images: number;
  /** Wilson's intervals, by patient. */
  readonly sensitivity: MeasuredValue;
  readonly specificity: MeasuredValue;
  /** Obuchowski's interval, by patient. */
  readonly auc: MeasuredValue;
}

/**
 * Everything that a model file says of itself: how pixels go in, what the score means, how well it did, what it is for.
 */
export interface ModelContract extends StoredContract {
  readonly schemaVersion: typeof modelSchemaVersion;
  /** Of the Pneumoscope that wrote the file; null where the file is of another format and does not say. */
  readonly productVersion: string | null;
  readonly precision: WeightPrecision;
  /** Test before validation; empty where nothing was measured or it is not known any more. */
  readonly operation: readonly MeasuredOperation[];
  /** Of the architecture and, where a training started from published weights, of those. */
  readonly licence: { readonly model: string; readonly weights: string | null };
  readonly intendedUse: string;
}

/** What a model is for, as far as its training data say it. */
export function intendedUse({
  kind = "chest-xray-pneumonia",
  splitBy,
  agesYears,
}: StoredContract["trainedOn"]): string {
  const ages = agesYears === undefined ? "ages not stated" : `patients of ${agesText(agesYears)}`;
  const images = {
    "chest-xray-pneumonia":
      "Frontal chest radiographs of children of about 1 to 5 years, as in the dataset it was trained on;",
    synthetic: "Drawn phantoms, to try the software with: it knows nothing of patients;",
    other: `Images like those it was trained on (${ages});`,
  }[kind];
  const use = `Research and teaching only; not a medical device. ${images} the score is no diagnosis.`;
  return splitBy === "image" ? `${use} ${splitByImageText}` : use;
}

/** The ages that a model was trained on, in whole years; null where nobody states them. */
export function trainedAges({ kind = "chest-xray-pneumonia", agesYears }: StoredContract["trainedOn"]) {
  return agesYears ?? (kind === "chest-xray-pneumonia" ? publishedAges : null);
}

/** "1 to 5 years". */
export const agesText = ([youngest, oldest]: readonly [number, number]): string =>
  youngest === oldest ? `${oldest} years` : `${youngest} to ${oldest} years`;

/** Of the published dataset, by its authors. */
const publishedAges = [1, 5] as const;

/** A saved model's contract with what the registry knows besides. @param entry undefined for models by others */
export function completeContract(
  stored: StoredContract,
  entry: ZooEntry | undefined,
  measured: Pick<ModelContract, "operation" | "precision" | "productVersion">,
): ModelContract {
  const startedFromFile = stored.weights.title !== "random";
  return {
    ...stored,
    ...measured,
    schemaVersion: modelSchemaVersion,
    licence: {
      model: entry?.licence ?? "unknown",
      weights: startedFromFile ? (entry?.pretrained?.licence ?? "unknown") : null,
    },
    intendedUse: intendedUse(stored.trainedOn),
  };
}

/** What the model's own threshold amounts to: on the test images where known, else on the validation images. */
export function operatingPoint({ operation, threshold }: ModelContract): MeasuredOperation | undefined {
  const measured = operation.filter((candidate) => candidate.threshold === threshold.value);
  return measured.find(({ split }) => split === "test") ?? measured[0];
}

/** Whether a value read from a file is a contract of this schema: every field is there with its type. */
export function isModelContract(value: unknown): value is ModelContract {
  if (!isStoredContract(value)) return false;
  const contract = value as Partial<ModelContract>;
  const isText = (text: unknown) => typeof text === "string";
  return (
    contract.schemaVersion === modelSchemaVersion &&
    (contract.productVersion === null || isText(contract.productVersion)) &&
    weightPrecisions.some((precision) => precision === contract.precision) &&
    Array.isArray(contract.operation) &&
    contract.operation.every(isMeasuredOperation) &&
    isText(contract.licence?.model) &&
    (contract.licence?.weights === null || isText(contract.licence?.weights)) &&
    isText(contract.intendedUse)
  );
}

function isMeasuredOperation(value: unknown): value is MeasuredOperation {
  const operation = (value ?? {}) as Partial<MeasuredOperation>;
  return (
    (operation.split === "validation" || operation.split === "test") &&
    Number.isFinite(operation.threshold) &&
    Number.isInteger(operation.images) &&
    [operation.sensitivity, operation.specificity, operation.auc].every(isMeasuredValue)
  );
}

function isMeasuredValue(value: unknown): value is MeasuredValue {
  const measured = (value ?? {}) as Partial<MeasuredValue>;
  const isShare = (share: unknown) => share === null || (typeof share === "number" && share >= 0 && share <= 1);
  return [measured.value, measured.low, measured.high].every(isShare) && Number.isInteger(measured.n);
}
