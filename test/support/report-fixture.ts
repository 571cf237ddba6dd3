// A whole ReportInput from a seed: invented predictions, an invented training, and images drawn here. For looking at the
// report and for its golden files; the numbers mean nothing.
import { Random } from "../../src/core/random.js";
import { type Evaluation, evaluate } from "../../src/evaluation/evaluate.js";
import type { Prediction } from "../../src/evaluation/prediction.js";
import { compareSets, type SetComparison } from "../../src/evaluation/shift/compare-sets.js";
import { describeSet } from "../../src/evaluation/shift/set-description.js";
import { chooseThreshold } from "../../src/evaluation/threshold.js";
import type { EpochRow, LookedImage, ReportImage, ReportInput } from "../../src/report/report-input.js";
import { inventedImages } from "./invented-images.js";

/** A report of 624 test and 520 validation images. */
export function reportFixture(): ReportInput {
  const validation = inventPredictions("validation", 134, 386, 1.75);
  const testRows = inventPredictions("test", 234, 390, 1.45);
  const threshold = chooseThreshold({ kind: "sensitivity", target: 0.95 }, validation, "validation");
  const options = { threshold, resamples: 500 };
  const test = evaluate(testRows, options);
  const layers = customLayers();
  const total = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  return {
    run: {
      name: "custom-sound-2026-11-23-1",
      createdAt: "2026-11-23T10:00:00Z",
      command: "pneumoscope train --model custom --data chest_xray --seed 1",
      version: "0.1.0",
    },
    protocol: {
      name: "sound",
      rules: [
        "A tenth of the patients of train/ validates; the images of val/ join train/.",
        "Learning rate: reduced on a plateau of validation AUC.",
        "Best epoch and threshold: chosen on validation. Test read once.",
      ],
    },
    model: {
      title: "Custom CNN",
      description:
        "Five blocks of convolution, batch normalization and pooling, then three dense layers, trained from scratch.",
      inputText: "224 x 224 x 3, grey repeated, pixel / 255",
      weightsText: "random",
      origin: "Architecture of the study (its Figures 28 and 29)",
      licence: { model: "Apache-2.0", weights: null },
      layers,
      parameters: { total, trainable: total - 960, nonTrainable: 960 },
    },
    dataset: {
      name: "Chest X-Ray Images (Pneumonia)",
      kind: "chest-xray-pneumonia",
      splitBy: "patient",
      attribution: "Kermany et al., Cell 2018; Mendeley Data rscbjbr9sj; CC BY 4.0.",
      splits: [
        {
          name: "train",
          normal: 1215,
          pneumonia: 3497,
          patients: 3287,
          note: "train/ without the validation patients, and val/",
        },
        { name: "validation", normal: 134, pneumonia: 386, patients: 367, note: "a tenth of the patients of train/" },
        { name: "test", normal: 234, pneumonia: 390, patients: 428, note: "test/" },
      ],
      skippedFiles: [
        { name: "train/NORMAL/.DS_Store", reason: "not an image" },
        { name: "train/PNEUMONIA/person9_bacteria_38.jpeg", reason: "the file ends in the middle of the image" },
      ],
      duplicates: { groups: 30, extraImages: 32, acrossSplits: 0 },
      patientsAcrossSplits: 0,
      classWeights: { normal: 1.9391, pneumonia: 0.6737 },
    },
    samples: Array.from({ length: 10 }, (_, i) => ({
      image: drawPhantom(i, i % 2 === 1),
      label: (i % 2) as 0 | 1,
      caption: i % 2 === 1 ? `person${100 + i}_bacteria_${400 + i}.jpeg` : `IM-0${100 + i}-0001.jpeg`,
    })),
    augmentation: {
      original: drawPhantom(3, true),
      warped: Array.from({ length: 9 }, (_, i) => drawPhantom(3, true, i + 1)),
      description: "rotation up to 30 degrees, zoom 0.8 to 1.2, shifts up to a tenth, horizontal flip",
    },
    training: {
      history: inventHistory(),
      schedule: "plateau",
      bestEpoch: 9,
      bestEpochRule: "highest validation AUC",
      totalSeconds: 1130,
    },
    evaluation: { test, validation: evaluate(validation, options) },
    shift: inventShift(test),
    testScores: testRows,
    mistakes: test.mistakes.slice(0, 10).map((mistake, i) => {
      const image = drawPhantom(50 + i, mistake.label === 1);
      return { ...mistake, image, looked: drawLooked(image, i) };
    }),
    heatMaps: {
      layer: "conv2d_4",
      height: 14,
      width: 14,
      frameText: "the middle 80% of the width and 70% of the height",
      evenShares: { outsideFrame: 0.44, border: 0.4375 },
      check: {
        verdict: "changed",
        bound: 0.5,
        allLayers: {
          verdict: "changed",
          agreement: 0.13,
          draws: [0.12, 0.11, 0.16],
          chance: { mean: 0.12, high: 0.17 },
          images: 10,
        },
        lastLayers: {
          verdict: "changed",
          agreement: 0.42,
          draws: [0.4, 0.42, 0.44],
          chance: { mean: 0.12, high: 0.17 },
          images: 10,
        },
      },
    },
    floors: [
      {
        title: "Logistic regression on 32 x 32 pixels",
        source: "fitted on the same training images",
        accuracy: 0.756,
        sensitivity: 0.987,
        specificity: 0.372,
        auc: 0.914,
      },
    ],
    reference: {
      title: "The study: Custom CNN",
      source: "as published; chosen on the same test images",
      accuracy: 0.9215,
      sensitivity: 0.96,
      specificity: 0.86,
      auc: null,
    },
    settings: {
      model: "custom",
      data: "chest_xray",
      protocol: "sound",
      epochs: 12,
      batch: 16,
      "learning rate": 0.001,
      seed: 1,
      resume: false,
      device: "cpu",
      precision: "bf16",
      out: null,
    },
    environment: {
      Node: "20.20.2",
      libtorch: "1.13.1",
      CPU: "Intel Xeon, AVX-512, AMX",
      threads: 2,
      memory: "8 GB",
      system: "Debian 12",
    },
    limits: [],
  };
}

/** Scores around two centres `distance` standard deviations from 0.5 on the logit scale. */
/** Test images that are a little darker, with more pneumonia than the training images. */
function inventShift(test: Evaluation): SetComparison {
  const trained = describeSet(inventedImages("trained", { pneumonia: "rare" }), 1);
  return compareSets(trained, inventedImages("tested", { dimmed: 0.85 }), { ages: null, own: null }, test);
}

function inventPredictions(name: string, normals: number, pneumonias: number, distance: number): Prediction[] {
  const random = Random.of(name, "predictions");
  return Array.from({ length: normals + pneumonias }, (_, i) => {
    const label = i < normals ? (0 as const) : (1 as const);
    const logit = (label === 1 ? distance + 0.9 : -distance + 0.5) * 1.5 + 2 * random.normal();
    const number = label === 1 ? Math.floor((i - normals) / 2) : i;
    const kind = label === 0 ? (i % 2 === 0 ? "IM" : "NORMAL2-IM") : number % 3 === 0 ? "virus" : "bacteria";
    const file = label === 0 ? `${kind}-0${number}-0001` : `person${number}_${kind}_${i}`;
    return {
      name: `${name}/${label === 1 ? "PNEUMONIA" : "NORMAL"}/${file}.jpeg`,
      patient: `${kind}:${number}`,
      label,
      score: Math.round(1e6 / (1 + Math.exp(-logit))) / 1e6,
    };
  });
}

function inventHistory(): EpochRow[] {
  const random = Random.of("history");
  const rates = [1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 3e-4, 3e-4, 3e-4, 3e-4, 3e-4, 9e-5, 9e-5];
  return rates.map((learningRate, i) => ({
    epoch: i + 1,
    loss: 0.12 + 0.4 * Math.exp(-i / 2.5) + 0.01 * random.normal(),
    accuracy: 0.955 - 0.15 * Math.exp(-i / 2.5) + 0.004 * random.normal(),
    validationLoss: 0.14 + 0.5 * Math.exp(-i / 2) + (i < 5 ? 0.12 : 0.02) * Math.abs(random.normal()),
    validationAccuracy: 0.95 - 0.2 * Math.exp(-i / 2) - (i < 5 ? 0.05 : 0.008) * Math.abs(random.normal()),
    validationAuc:
      0.988 - 0.06 * Math.exp(-i / 2) - (i === 8 ? 0 : 0.002 + (i < 5 ? 0.015 : 0.002) * Math.abs(random.normal())),
    learningRate,
    imagesPerSecond: 61 + random.normal(),
    seconds: 88 + random.normal(),
  }));
}

/** A chest-like picture of 96 x 96: two dark lungs with ribs, a bright middle, and a cloud for pneumonia. */
function drawPhantom(seed: number, isPneumonia: boolean, warp = 0): ReportImage {
  const side = 96;
  const random = Random.of("phantom", seed);
  const cloud = { x: random.uniform(-0.55, 0.55), y: random.uniform(-0.2, 0.4), size: random.uniform(0.15, 0.3) };
  const exposure = random.uniform(0.85, 1.15);
  const pose = Random.of("warp", seed, warp);
  const [angle, zoom, dx, dy] =
    warp === 0
      ? [0, 1, 0, 0]
      : [pose.uniform(-0.5, 0.5), pose.uniform(0.8, 1.2), pose.uniform(-0.2, 0.2), pose.uniform(-0.2, 0.2)];
  const data = Uint8Array.from({ length: side * side }, (_, i) => {
    const u = ((i % side) / side) * 2 - 1 + dx;
    const v = (Math.floor(i / side) / side) * 2 - 1 + dy;
    const x = zoom * (u * Math.cos(angle) - v * Math.sin(angle));
    const y = zoom * (u * Math.sin(angle) + v * Math.cos(angle));
    const lung = Math.max(lungAt(x, y, -0.42), lungAt(x, y, 0.42));
    const ribs = 0.08 * Math.max(0, Math.sin(18 * y + 5 * x * x)) * lung;
    const opacity = isPneumonia ? 0.45 * Math.exp(-((x - cloud.x) ** 2 + (y - cloud.y) ** 2) / cloud.size ** 2) : 0;
    const body = Math.exp(-((x / 1.05) ** 8)) * 0.72;
    return Math.round(
      255 * Math.min(1, Math.max(0, exposure * (body - 0.5 * lung + ribs + opacity * lung) + 0.02 * random.normal())),
    );
  });
  return { width: side, height: side, data };
}

/** A red cloud over the image; without heat for every tenth. */
function drawLooked({ width, height, data }: ReportImage, seed: number): LookedImage {
  const random = Random.of("looked", seed);
  const [x, y] = [random.uniform(0.2, 0.8) * width, random.uniform(0.2, 0.8) * height];
  const colours = Uint8Array.from({ length: 3 * data.length }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const distance = ((pixel % width) - x) ** 2 + (Math.floor(pixel / width) - y) ** 2;
    const opacity = 0.6 * Math.exp(-distance / 300);
    return Math.round((data[pixel] as number) * (1 - opacity) + ([237, 105, 37][i % 3] as number) * opacity);
  });
  const share = seed === 9 ? null : random.uniform(0.1, 0.6);
  return { image: { width, height, data: colours }, outsideFrame: share, border: share };
}

function lungAt(x: number, y: number, centre: number): number {
  const distance = ((x - centre) / 0.3) ** 2 + (y / 0.68) ** 2;
  return 1 / (1 + Math.exp(8 * (distance - 1)));
}

function customLayers(): ReportInput["model"]["layers"] {
  const rows: [string, string, string, number][] = [["conv2d", "Conv2D", "(None, 224, 224, 32)", 896]];
  const blocks = [
    [112, 32, 0],
    [56, 64, 18496],
    [28, 64, 36928],
    [14, 64, 36928],
    [7, 128, 73856],
  ] as const;
  blocks.forEach(([size, channels, kernel], i) => {
    if (i > 0) rows.push([`conv2d_${i}`, "Conv2D", `(None, ${2 * size}, ${2 * size}, ${channels})`, kernel]);
    const suffix = i === 0 ? "" : `_${i}`;
    rows.push([
      `batch_normalization${suffix}`,
      "BatchNormalization",
      `(None, ${2 * size}, ${2 * size}, ${channels})`,
      4 * channels,
    ]);
    rows.push([`max_pooling2d${suffix}`, "MaxPooling2D", `(None, ${size}, ${size}, ${channels})`, 0]);
  });
  rows.push(["flatten", "Flatten", "(None, 6272)", 0], ["dense", "Dense", "(None, 128)", 802944]);
  rows.push(["batch_normalization_5", "BatchNormalization", "(None, 128)", 512]);
  rows.push(["dense_1", "Dense", "(None, 64)", 8256], ["dense_2", "Dense", "(None, 1)", 65]);
  return rows.map(([name, className, outputShape, parameters]) => ({ name, className, outputShape, parameters }));
}
