// The training of a head on a backbone's features: each image's once, then a fit to the optimum.
import { basename } from "node:path";
import { writeFileAtomically } from "../../core/atomic-file.js";
import type { RunPaths } from "../../core/run-folder.js";
import { openModel } from "../../inference/open-model.js";
import { realNumbersIn } from "../../interchange/onnx/foreign-onnx.js";
import { withChecksum } from "../../interchange/onnx/onnx-checksum.js";
import {
  type BackboneInput,
  type FeatureForm,
  headGraph,
  headLayers,
  writeBackboneModel,
} from "../../interchange/onnx/write-backbone-model.js";
import type { ModelContract } from "../../model/model-contract.js";
import { parameterCounts, summaryRows } from "../../model/summary.js";
import type { WeightMap } from "../../model/weights.js";
import type { WeightsOrigin } from "../../model/weights-origin.js";
import type { ZooEntry } from "../../model/zoo/zoo-entry.js";
import type { ModelFacts } from "../../report/report-input.js";
import { writeHistory } from "../../training/history.js";
import type { PixelArray } from "../../training/image-batch.js";
import type { ProtocolRules } from "../../training/protocol.js";
import { contractOf } from "../contract-of.js";
import type { FinishedTraining, ScoredParts } from "../finish-run.js";
import { lookThrough } from "../look-at-mistakes.js";
import { predictionOf } from "../prediction-of.js";
import type { PreparedData } from "../prepare-data.js";
import type { RunEvent } from "../run-events.js";
import { everyImage } from "../score-samples.js";
import type { RunSettings } from "../settings.js";
import { type OpenBackbone, openBackboneSession } from "./backbone-features.js";
import { computeFeatures } from "./compute-features.js";
import { type FittedHead, fitHead, type LinearHead, scoreHead } from "./fit-head.js";
import type { Backbone } from "./open-backbone.js";

export interface TrainHead {
  readonly paths: RunPaths;
  readonly settings: RunSettings;
  readonly entry: ZooEntry;
  readonly rules: ProtocolRules;
  readonly data: PreparedData;
  readonly backbone: Backbone;
  readonly cacheFolder: string;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * The test images are read by what comes back, at the end.
 * @throws AppError MODEL_INVALID where the backbone computes no features; the signal's reason when it fires
 */
export async function trainHead(run: TrainHead): Promise<FinishedTraining> {
  const { data, emit, signal } = run;
  const { train, validation, labels } = data.trainingData;
  const used = Int32Array.from([...train, ...validation]);
  const onProgress = (imagesDone: number, images: number) => {
    emit({ type: "frozen layers", imagesDone, images });
    signal.throwIfAborted();
  };
  const { form, features } = await featuresOf(run, data.trainingData, used, onProgress);
  const { channels: columns } = form;
  const of = (positions: Int32Array, from: number) => ({
    columns,
    data: features.subarray(from * columns, (from + positions.length) * columns),
    labels: positions.map((position) => labels[position] as number),
  });
  const validated = of(validation, train.length);
  const head = await fitHead(of(train, 0), validated, {
    classWeights: data.classWeights,
    onTried: async (tried) => {
      emit({ type: "head fitted", ...tried });
      await new Promise(setImmediate); // signals are heard between fits
      signal.throwIfAborted();
    },
  });
  await writeHistory(run.paths.history, []); // no epochs
  return finishedHead(run, { form, head, validationScores: scoreHead(head, validated) });
}

interface TrainedHead {
  readonly form: FeatureForm;
  readonly head: FittedHead;
  readonly validationScores: Float64Array;
}

function finishedHead(run: TrainHead, { form, head, validationScores }: TrainedHead): FinishedTraining {
  const { paths, settings, entry, data, backbone } = run;
  const write = async (contract: ModelContract) => {
    const bytes = writeBackboneModel(inputOf(run), form, weightsOf(head), contract);
    await writeFileAtomically(paths.onnx, await withChecksum(bytes));
  };
  const score = async (onProgress: (done: number, total: number) => void): Promise<ScoredParts> => {
    const { testImages, validation } = data;
    const total = validation.length + testImages.loaded.length;
    const tell = (done: number) => onProgress(validation.length + done, total);
    const { features } = await featuresOf(run, testImages, everyImage(testImages), tell);
    const testScores = scoreHead(head, { columns: form.channels, data: features });
    return {
      validationRows: validation.map((sample, i) => predictionOf(sample, rounded(validationScores[i]))),
      testRows: testImages.loaded.map((sample, i) => predictionOf(sample, rounded(testScores[i]))),
    };
  };
  return {
    contract: contractOf(run, originOf(backbone)),
    score,
    write: (_stored, contract) => write(contract),
    look: (mistakes) =>
      lookThrough(() => openModel(paths.folder, { threads: settings.threads }), backbone.graph.output, mistakes),
    facts: () => ({ model: modelFacts(entry, run, form), head: { c: head.c, tried: head.tried } }),
  };
}

/** As models give scores. */
const rounded = (score: number | undefined): number => Math.fround(score as number);

async function featuresOf(
  run: TrainHead,
  images: PixelArray,
  positions: Int32Array,
  onProgress: (done: number, total: number) => void,
): Promise<{ readonly form: FeatureForm; readonly features: Float32Array }> {
  const { backbone, settings, cacheFolder } = run;
  const { file, sha256, graph } = backbone;
  const session: OpenBackbone = await openBackboneSession(inputOf(run), file, settings.threads);
  try {
    const madeBy = [sha256, graph.output, settings.pixels, settings.imageSize];
    const features = await computeFeatures(session, images, positions, { madeBy, cacheFolder, onProgress });
    return { form: session.form, features };
  } finally {
    await session.dispose();
  }
}

const inputOf = ({ backbone, rules, settings }: TrainHead): BackboneInput => ({
  backbone: backbone.graph,
  scaling: rules.scaling,
  imageSize: settings.imageSize,
});

const weightsOf = ({ kernel, bias }: LinearHead): WeightMap =>
  new Map([
    [
      headLayers.probability,
      new Map([
        ["kernel", { shape: [kernel.length, 1], data: kernel }],
        ["bias", { shape: [1], data: Float32Array.of(bias) }],
      ]),
    ],
  ]);

const originOf = ({ file, sha256, graph }: Backbone): WeightsOrigin => ({
  title: `${basename(file)}, features ${graph.output}`,
  sha256,
  fresh: [headLayers.probability],
});

function modelFacts(entry: ZooEntry, { backbone, rules, settings }: TrainHead, form: FeatureForm): ModelFacts {
  const { imageSize } = settings;
  const { input, output } = backbone.graph;
  const graph = headGraph(form);
  const { trainable } = parameterCounts(graph);
  const frozen = [...backbone.graph.constants.values()].map(realNumbersIn).reduce((a, b) => a + b, 0);
  const channels = input.sizes[1] === 1 ? "" : ", repeated to 3 channels";
  const made = {
    vector: "as they are",
    tokens: "the first token's (class token)",
    map: "averaged over positions",
  }[form.kind];
  return {
    title: entry.title,
    description: `${entry.description} Features: ${output}, ${form.channels} numbers, ${made}.`,
    inputText: `${imageSize} x ${imageSize} grey pixels, scaled ${rules.scaling.title}${channels}`,
    weightsText: originOf(backbone).title,
    origin: `${entry.origin}: sha256 ${backbone.sha256}`,
    licence: { model: entry.licence, weights: entry.licence },
    filesText: "model.onnx for ONNX Runtime, backbone and head in one, with all that is needed to use it",
    layers: [
      { name: basename(backbone.file), className: "ONNX", outputShape: shapeText(form), parameters: frozen },
      ...summaryRows(graph).slice(1), // the first takes the features in
    ],
    parameters: { total: trainable + frozen, trainable, nonTrainable: frozen },
  };
}

/** Of the features' value, as ONNX has it. */
function shapeText(form: FeatureForm): string {
  switch (form.kind) {
    case "vector":
      return `(None, ${form.channels})`;
    case "tokens":
      return `(None, tokens, ${form.channels})`;
    case "map":
      return `(None, ${form.channels}, ${form.height}, ${form.width})`;
    default:
      return form satisfies never;
  }
}
