// Several trained models as one .onnx file that gives the mean of their scores: what a comparison calls an ensemble, to be used.
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { writeFileAtomically } from "../core/atomic-file.js";
import { AppError } from "../core/errors.js";
import { packageVersion } from "../core/package.js";
import type { ReferenceSet } from "../core/reference-set.js";
import { runPaths } from "../core/run-folder.js";
import { averageRows } from "../evaluation/mean-of-runs.js";
import { pairByName } from "../evaluation/pairing.js";
import type { Prediction } from "../evaluation/prediction.js";
import { readPredictions } from "../evaluation/predictions-file.js";
import { withOtherScores } from "../evaluation/shift/describe-reference.js";
import { givenThreshold } from "../evaluation/threshold.js";
import { measuredOperation } from "../inference/measured-operation.js";
import { readTrainedModel, type TrainedModel } from "../inference/read-trained-model.js";
import { withChecksum } from "../interchange/onnx/onnx-checksum.js";
import { writeEnsembleModel } from "../interchange/onnx/write-ensemble-model.js";
import type { ModelContract, WeightPrecision } from "../model/model-contract.js";
import { intendedUse, modelSchemaVersion } from "../model/model-contract.js";
import type { EnsembleMember, StoredContract } from "../model/stored-contract.js";
import { parameterCounts } from "../model/summary.js";
import type { ZooEntry } from "../model/zoo/zoo-entry.js";
import { bandOf } from "./band-of.js";

export interface EnsembleOptions {
  readonly out: string;
  readonly precision: WeightPrecision;
  /** Scores of at least this are called pneumonia; the mean of the members' thresholds when absent. */
  readonly threshold?: number | undefined;
  /** Answers "unsure" in a band of scores that covers this share of each class on the validation images: 0.5..0.999. */
  readonly unsure?: number | undefined;
  readonly models?: readonly ZooEntry[] | undefined;
}

/** What was written. */
export interface WrittenEnsemble {
  readonly contract: ModelContract;
  readonly parameters: number;
  readonly bytes: number;
}

/**
 * @param places run folders, Keras files or TensorFlow.js models of ours, at least two; all take images of one size
 * @throws AppError as `readTrainedModel`; MODEL_INVALID where the members do not go together; EVALUATION_INPUT for a band without
 *   validation images that all members share, or with too few of them; FILE_UNWRITABLE
 */
export async function writeEnsemble(places: readonly string[], options: EnsembleOptions): Promise<WrittenEnsemble> {
  const members: TrainedModel[] = [];
  for (const place of places) members.push(await readTrainedModel(place, options.models));
  requireTogether(members);
  const contract = await contractOf(places, members, options);
  const scaled = members.map(({ graph, weights, contract: { scaling } }) => ({ graph, weights, scaling }));
  const bytes = await withChecksum(writeEnsembleModel(scaled, contract));
  await writeFileAtomically(options.out, bytes);
  const parameters = members.reduce((sum, { graph }) => sum + parameterCounts(graph).total, 0);
  return { contract, parameters, bytes: bytes.length };
}

/** @throws AppError MODEL_INVALID */
function requireTogether(members: readonly TrainedModel[]): void {
  const [first, ...others] = members as [TrainedModel, ...TrainedModel[]];
  const refuse = (member: TrainedModel, rule: string, received: string, remedy: string) => {
    throw new AppError("MODEL_INVALID", { place: member.file, rule, received, remedy });
  };
  const seen = new Set<string>();
  for (const member of members) {
    const { contract, hasContract, file } = member;
    if (!hasContract) {
      refuse(
        member,
        "a member says how its pixels are scaled and what its score means",
        "a model that does not say so",
        "Choose models that were trained here",
      );
    }
    if (contract.recalibration !== undefined) {
      refuse(
        member,
        "members are original models: their mean has another scale than each of them",
        "a recalibrated model",
        "Name the model that it was made from",
      );
    }
    if (seen.has(file)) refuse(member, "each model stands once in an ensemble", "it again", "Omit one of the two");
    seen.add(file);
  }
  const imagesOf = ({ contract }: TrainedModel) =>
    `${contract.imageSize} x ${contract.imageSize}, ${contract.interpolation} resizing`;
  for (const member of others) {
    if (imagesOf(member) !== imagesOf(first)) {
      refuse(
        member,
        `all members take the same images (${imagesOf(first)}, as ${first.file})`,
        imagesOf(member),
        "Train them with one image size and protocol",
      );
    }
    const [mine, theirs] = [member, first].map(({ contract: { trainedOn } }) => trainedOn.dataset);
    if (mine !== theirs) {
      refuse(
        member,
        `all members were trained on one dataset ("${theirs}")`,
        `"${mine}"`,
        "Choose members of one dataset",
      );
    }
  }
}

async function contractOf(
  places: readonly string[],
  members: readonly TrainedModel[],
  { precision, threshold: given, unsure: coverage }: EnsembleOptions,
): Promise<ModelContract> {
  const contracts = members.map(({ contract }) => contract) as [ModelContract, ...ModelContract[]];
  const [first] = contracts;
  const one = <Value>(values: readonly Value[], otherwise: Value): Value =>
    new Set(values.map((value) => JSON.stringify(value))).size === 1 ? (values[0] as Value) : otherwise;
  const threshold = given === undefined ? meanThreshold(contracts) : thresholdOnly(given);
  const titles = contracts.map(({ title }) => title);
  const scored = await predictionsAt(places);
  const validation = meanRows(scored, "validation");
  const reference = validation && sharedReference(contracts, validation);
  const unsure = coverage === undefined ? undefined : bandOf({ unsure: coverage }, requireShared(validation));
  const stored: StoredContract = {
    version: 1,
    model: "ensemble",
    title: `Mean of ${contracts.length}: ${[...new Set(titles)].join(", ")}`,
    protocol: first.protocol,
    weights: one(
      contracts.map(({ weights }) => weights),
      { title: "each member's own", sha256: null, fresh: [] },
    ),
    imageSize: first.imageSize,
    interpolation: first.interpolation,
    scaling: one(
      contracts.map(({ scaling }) => scaling),
      { title: "by each member", multiply: [1, 1, 1], add: [0, 0, 0] },
    ),
    classes: first.classes,
    threshold,
    ...(reference && { reference }),
    ...(unsure && { unsure }),
    trainedOn: trainedTogether(contracts),
    members: contracts.map(memberOf),
  };
  const all = [...new Set(contracts.map(({ licence }) => licence.model))].join("; ");
  const weights = [...new Set(contracts.flatMap(({ licence }) => licence.weights ?? []))].join("; ");
  return {
    ...stored,
    schemaVersion: modelSchemaVersion,
    productVersion: packageVersion(),
    precision,
    operation: measuredOperation(meanRows(scored, "test") ?? [], threshold.value),
    licence: { model: all, weights: weights === "" ? null : weights },
    intendedUse: intendedUse(stored.trainedOn),
  };
}

/** A policy that can be told and not applied to other images. */
export const meanOfThresholds = "mean of the members' thresholds";

/** As a comparison calls its ensembles. */
function meanThreshold(contracts: readonly ModelContract[]): StoredContract["threshold"] {
  const thresholds = contracts.map(({ threshold }) => threshold);
  const values = new Set(thresholds.map(({ value }) => value));
  const [first] = thresholds as [StoredContract["threshold"]];
  if (values.size === 1) return first;
  const value = thresholds.reduce((sum, threshold) => sum + threshold.value, 0) / thresholds.length;
  return { value, policy: meanOfThresholds, chosenOn: first.chosenOn };
}

function thresholdOnly(value: number): StoredContract["threshold"] {
  const { policy, chosenOn, givenBy } = givenThreshold(value);
  return { value, policy, chosenOn, ...(givenBy === undefined ? {} : { givenBy }) };
}

/** Members of several seeds left out different patients: together they have seen what any of them has. */
function trainedTogether(contracts: readonly ModelContract[]): StoredContract["trainedOn"] {
  const trained = contracts.map(({ trainedOn }) => trainedOn);
  const [first] = trained as [StoredContract["trainedOn"]];
  const sha256 = createHash("sha256");
  for (const one of trained) sha256.update(`${one.sha256}\n`);
  const ages = trained.flatMap(({ agesYears }) => agesYears ?? []);
  return {
    ...first,
    images: Math.max(...trained.map(({ images }) => images)),
    sha256: trained.every((one) => one.sha256 === first.sha256) ? first.sha256 : sha256.digest("hex"),
    ...(trained.some(({ splitBy }) => splitBy === "image") && { splitBy: "image" as const }),
    ...(ages.length > 0 && { agesYears: [Math.min(...ages), Math.max(...ages)] as const }),
  };
}

const memberOf = ({ title, model, protocol, weights, trainedOn, threshold }: ModelContract): EnsembleMember => ({
  title,
  model,
  protocol,
  weights: weights.title,
  trainedOn: trainedOn.sha256,
  threshold: threshold.value,
});

/** Each member's; none of one that is not a run with its predictions. */
async function predictionsAt(places: readonly string[]): Promise<readonly (readonly Prediction[])[]> {
  const scored: (readonly Prediction[])[] = [];
  for (const place of places) {
    const rows = await readPredictions(runPaths(place).predictions).catch((thrown: unknown) => {
      if (thrown instanceof AppError && ["FILE_MISSING", "FILE_UNREADABLE"].includes(thrown.code)) return [];
      throw thrown;
    });
    scored.push(rows);
  }
  return scored;
}

/** A split with the mean of the members' scores; null where they did not all score the same images. */
function meanRows(
  scored: readonly (readonly Prediction[])[],
  wanted: "test" | "validation",
): readonly Prediction[] | null {
  const ofSplit = scored.map((rows) => rows.filter(({ split }) => split === wanted));
  const [first = []] = ofSplit;
  if (ofSplit.some((rows) => rows.length === 0)) return null;
  try {
    return averageRows(ofSplit.map((rows) => pairByName(first, rows)[1]));
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "EVALUATION_INPUT") return null; // other images
    throw thrown;
  }
}

/**
 * What the members say of the images that they share, with the mean scores; undefined where one does not say it, or they differ:
 * then the images of one name are others.
 */
function sharedReference(contracts: readonly ModelContract[], rows: readonly Prediction[]): ReferenceSet | undefined {
  const [first, ...others] = contracts.map(({ reference }) => reference && withOtherScores(reference, rows));
  return others.every((other) => isDeepStrictEqual(other, first)) ? first : undefined;
}

/** @throws AppError EVALUATION_INPUT */
function requireShared(validation: readonly Prediction[] | null): readonly Prediction[] {
  if (validation !== null) return validation;
  throw new AppError("EVALUATION_INPUT", {
    place: "unsure",
    rule: "a band for several models together is set on validation images that no member learned from",
    received: "members that were validated on different images, or are not run folders",
    remedy:
      "Set it on local patients, recalibrating the ensemble; or take runs of one seed, which share their validation images",
  });
}
