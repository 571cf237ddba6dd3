// What a saved model carries so that it can be used without knowing how it was trained: how pixels go in and what the
// score means. Stored as JSON beside the weights.
import { isReferenceSet, type ReferenceSet } from "../core/reference-set.js";
import type { ReachedRates, ToldThreshold } from "../core/threshold-origin.js";
import { isUnsureBand, type UnsureBand } from "../core/unsure-band.js";
import { isRecalibration, type Recalibration } from "./recalibration.js";
import { isWeightsOrigin, type WeightsOrigin } from "./weights-origin.js";
import type { PixelScaling, Protocol } from "./zoo/zoo-entry.js";

/** One of the models whose scores an ensemble takes the mean of. */
export interface EnsembleMember {
  readonly title: string;
  /** Registry id. */
  readonly model: string;
  readonly protocol: Protocol;
  /** What its training started from. */
  readonly weights: string;
  /** sha256 of the images that it was trained on. */
  readonly trainedOn: string;
  /** The one that it was used with alone. */
  readonly threshold: number;
}

export interface StoredContract {
  readonly version: 1;
  /** Registry id, e.g. "custom". */
  readonly model: string;
  readonly title: string;
  readonly protocol: Protocol;
  /** What its training started from. */
  readonly weights: WeightsOrigin;
  readonly imageSize: number;
  /** How images are brought to `imageSize`. */
  readonly interpolation: "linear" | "area";
  readonly scaling: PixelScaling;
  /** By label; the one sigmoid output is the probability of the second. */
  readonly classes: readonly ["NORMAL", "PNEUMONIA"];
  /** Images with a score of at least `value` are called pneumonia. */
  readonly threshold: ToldThreshold & { readonly value: number };
  /** What it met when the threshold was set; absent where that was not kept, or nobody's images set it. */
  readonly reference?: ReferenceSet;
  /** In which scores its answer is "unsure"; absent where nobody asked for that. */
  readonly unsure?: UnsureBand;
  /** What it was trained on: the dataset's folder name, image count, and sha256 of its files. */
  readonly trainedOn: {
    readonly dataset: string;
    readonly images: number;
    readonly sha256: string;
    /** Which data they were; absent in files of versions before 0.3, which knew only the published dataset. */
    readonly kind?: "chest-xray-pneumonia" | "synthetic" | "other";
    /** What kept training and validation apart; absent as `kind`. */
    readonly splitBy?: "patient" | "image" | "official";
    /** The youngest and the oldest patient in years, where a manifest says every image's age. */
    readonly agesYears?: readonly [number, number];
  };
  /** Of a file that gives the mean of several models' scores; absent in all others. */
  readonly members?: readonly EnsembleMember[];
  /** What became of scores and threshold after the training; absent where nothing did. */
  readonly recalibration?: Recalibration;
}

/** Whether a value read from a file is a contract: every field this version reads is there with its type. */
export function isStoredContract(value: unknown): value is StoredContract {
  if (typeof value !== "object" || value === null) return false;
  const contract = value as Partial<StoredContract>;
  const isTriple = (items: unknown) =>
    Array.isArray(items) && items.length === 3 && items.every((item) => Number.isFinite(item));
  return (
    contract.version === 1 &&
    typeof contract.model === "string" &&
    typeof contract.title === "string" &&
    (contract.protocol === "study" || contract.protocol === "sound") &&
    isWeightsOrigin(contract.weights) &&
    Number.isInteger(contract.imageSize) &&
    (contract.interpolation === "linear" || contract.interpolation === "area") &&
    isTriple(contract.scaling?.multiply) &&
    isTriple(contract.scaling?.add) &&
    Array.isArray(contract.classes) &&
    contract.classes.join() === "NORMAL,PNEUMONIA" &&
    typeof contract.threshold?.value === "number" &&
    typeof contract.threshold.policy === "string" &&
    (contract.threshold.chosenOn === null || typeof contract.threshold.chosenOn === "string") &&
    (contract.threshold.givenBy === undefined || contract.threshold.givenBy === "user") &&
    (contract.threshold.reached == null || isReached(contract.threshold.reached)) &&
    (contract.reference === undefined || isReferenceSet(contract.reference)) &&
    (contract.unsure === undefined || isUnsureBand(contract.unsure)) &&
    typeof contract.trainedOn?.dataset === "string" &&
    (contract.members === undefined || (Array.isArray(contract.members) && contract.members.every(isMember))) &&
    (contract.recalibration === undefined || isRecalibration(contract.recalibration))
  );
}

const isReached = ({ n, sensitivity, specificity }: Partial<ReachedRates>): boolean =>
  [n, sensitivity, specificity].every((value) => typeof value === "number");

function isMember(value: unknown): value is EnsembleMember {
  const member = (value ?? {}) as Partial<EnsembleMember>;
  const texts = [member.title, member.model, member.protocol, member.weights, member.trainedOn];
  return texts.every((text) => typeof text === "string") && Number.isFinite(member.threshold);
}
