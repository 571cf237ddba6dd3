// How a run treated its images and weights, and who its patients are, as far as files tell: what reporting guidelines ask.
import type { Sample } from "../dataset/sample.js";
import type { MethodFacts, PartFacts } from "../report/report-input.js";
import { kerasAdam } from "../training/adam.js";
import { hasBackbone } from "./backbone/backbone-entry.js";
import type { PreparedData } from "./prepare-data.js";
import type { RunSettings } from "./settings.js";

export function methodFacts(data: PreparedData, settings: RunSettings, scalingText: string): MethodFacts {
  const { training, validation, testImages } = data;
  return {
    preprocessing: preprocessing(data, settings, scalingText),
    ...(hasBackbone(settings) ? ofHead : ofNetwork(settings)),
    parts: [partFacts("train", training), partFacts("validation", validation), partFacts("test", testImages.loaded)],
  };
}

function preprocessing(
  { sizes, testImages, samples }: PreparedData,
  { imageSize, interpolation, maxPixels }: RunSettings,
  scalingText: string,
): readonly string[] {
  const all = [...sizes, ...testImages.sizes];
  const ratios = all.map(({ width, height }) => width / height).sort((a, b) => a - b);
  const [lowest, highest] = [ratios[0] as number, ratios.at(-1) as number];
  const median = ratios[Math.floor((ratios.length - 1) / 2)] as number;
  const paths = [...samples, ...testImages.loaded].map(({ path }) => path);
  const hasDicom = paths.some((path) => !/\.(jpe?g|png)$/i.test(path));
  return [
    "Images are decoded to 8-bit grey, colour by its luma, and turned upright by their EXIF orientation.",
    ...(hasDicom
      ? [
          "DICOM: modality transformation, then the file's first VOI LUT or window, else 8-bit values as they are, else a window from the values; MONOCHROME1 is inverted.",
        ]
      : []),
    `Each is resized to ${imageSize} x ${imageSize} pixels (${interpolation === "linear" ? "bilinear, as OpenCV's INTER_LINEAR" : "by area"}): the aspect ratio is not kept (width / height median ${median.toFixed(2)}, ${lowest.toFixed(2)} to ${highest.toFixed(2)}).`,
    `Pixels are scaled ${scalingText}. No histogram is equalised, no region cut out. Images of more than ${maxPixels.toLocaleString("en")} pixels are left out.`,
  ];
}

const ofHead: Pick<MethodFacts, "optimizer" | "loss"> = {
  optimizer: "Optimizer: L-BFGS until nothing improved, with each of some L2 penalties.",
  loss: "Loss: binary cross-entropy, each image with its class's weight.",
};

function ofNetwork({ lr, batch, epochs, fineTune, fineTuneLr }: RunSettings): Pick<MethodFacts, "optimizer" | "loss"> {
  const { beta1, beta2, epsilon } = kerasAdam;
  const tuning = fineTune === 0 ? "" : `, then ${fineTune} of fine-tuning from ${fineTuneLr}`;
  return {
    optimizer: `Optimizer: Adam (beta 1 ${beta1}, beta 2 ${beta2}, epsilon ${epsilon}, as in Keras), first learning rate ${lr}, ${batch} images a step, ${epochs} epochs${tuning}.`,
    loss: "Loss: binary cross-entropy, each image with its class's weight.",
  };
}

function partFacts(name: PartFacts["name"], samples: readonly Sample[]): PartFacts {
  const ages = samples.flatMap(({ facts }) => facts?.ageYears ?? []).sort((a, b) => a - b);
  const sexes = new Map<string, number>();
  for (const { facts } of samples) {
    const sex = facts?.sex ?? "not stated";
    sexes.set(sex, (sexes.get(sex) ?? 0) + 1);
  }
  const isKnown = [...sexes.keys()].some((sex) => sex !== "not stated");
  return {
    name,
    images: samples.length,
    ages:
      ages.length === 0
        ? null
        : {
            known: ages.length,
            median: ages[Math.floor((ages.length - 1) / 2)] as number,
            lowest: ages[0] as number,
            highest: ages.at(-1) as number,
          },
    sexes: isKnown ? Object.fromEntries(sexes) : null,
  };
}
