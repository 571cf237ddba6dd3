// Insertion and deletion curves of a model's own heat maps, beside those of the same maps moved elsewhere: how much of its scores its maps
// account for.
import { Random } from "../core/random.js";
import { bootstrapByPatient } from "../evaluation/bootstrap.js";
import type { Estimate } from "../evaluation/estimate.js";
import { areaUnder, exchanged, placesByHeat } from "../explain/perturbation.js";
import { movedPlaces } from "../explain/unrelated-maps.js";
import { blurred } from "../images/corruptions/sharpness.js";
import type { HeatMap } from "../model/heat-map.js";
import type { InferenceModel } from "./inference-model.js";

/** An image with the map of the class that it is looked at for. */
export interface MappedImage {
  /** As the model takes it, [size, size]. */
  readonly pixels: Uint8Array;
  /** Null where there is no heat. */
  readonly map: HeatMap | null;
  /** 0 normal, 1 pneumonia. */
  readonly label: 0 | 1;
}

/** One kind of curve, over images. */
export interface PerturbationCurve {
  /** Mean score of the class, from none of the pixels exchanged to all of them in equal steps. */
  readonly scores: readonly number[];
  /** Area under it, 0..1. */
  readonly area: Estimate;
  /** Of maps that are as smooth and lie elsewhere: the same ones, shifted round and mirrored. */
  readonly unrelatedArea: Estimate;
  /** How much better the map does than those, paired: positive is better. */
  readonly gain: Estimate;
}

/** What a model's maps account for, after Petsiuk et al. (2018). */
export interface PerturbationCurves {
  /** Those with heat; intervals take them for independent. */
  readonly images: number;
  readonly withoutHeat: number;
  /** The hottest pixels become as grey as the image is on average: a small area is good. */
  readonly deletion: PerturbationCurve;
  /** The hottest pixels become sharp in a blurred image: a large area is good. */
  readonly insertion: PerturbationCurve;
}

const steps = 16;
const unrelatedDraws = 3;
/** Petsiuk et al. blur by 5 pixels in an image of 224. */
const blurShare = 5 / 224;

/** @returns null where no image has heat @throws AppError MODEL_INVALID */
export async function measureCurves(
  { run, contract: { imageSize } }: Pick<InferenceModel, "run" | "contract">,
  images: readonly MappedImage[],
): Promise<PerturbationCurves | null> {
  const rows: Record<"deletion" | "insertion", MeasuredImage>[] = [];
  const random = Random.of(1, "unrelated curves");
  for (const { pixels, map, label } of images) {
    if (map === null) continue;
    const mean = pixels.reduce((sum, level) => sum + level, 0) / pixels.length;
    const level = new Uint8Array(pixels.length).fill(Math.round(mean));
    const whole = { width: imageSize, height: imageSize, data: pixels };
    const soft = (await blurred(whole, blurShare * imageSize)).data;
    const orders = [map, ...Array.from({ length: unrelatedDraws }, () => moved(map, random))].map((each) =>
      placesByHeat(each, imageSize),
    );
    const curves = async (from: Uint8Array, to: Uint8Array): Promise<MeasuredImage> => {
      const found: number[][] = [];
      for (const places of orders) {
        const { scores } = await run(exchanged(from, to, places, steps)); // [steps + 1, size, size]
        found.push(Array.from(scores, (score) => (label === 1 ? score : 1 - score)));
      }
      const [scores, ...unrelated] = found as [number[], ...number[][]];
      return { scores, area: areaUnder(scores), unrelated: meanOf(unrelated.map(areaUnder)) };
    };
    rows.push({ deletion: await curves(pixels, level), insertion: await curves(soft, pixels) });
  }
  if (rows.length === 0) return null;
  return {
    images: rows.length,
    withoutHeat: images.length - rows.length,
    deletion: together(
      rows.map(({ deletion }) => deletion),
      -1,
    ),
    insertion: together(
      rows.map(({ insertion }) => insertion),
      1,
    ),
  };
}

interface MeasuredImage {
  readonly scores: readonly number[];
  readonly area: number;
  readonly unrelated: number;
}

/** @param better 1 where a large area is good, -1 where a small one is */
function together(rows: readonly MeasuredImage[], better: 1 | -1): PerturbationCurve {
  const estimate = (of: (row: MeasuredImage) => number): Estimate => {
    const values = rows.map(of);
    const mean = (weights: Uint32Array) =>
      values.reduce((sum, value, i) => sum + value * (weights[i] as number), 0) / values.length;
    const { interval } = bootstrapByPatient(
      rows.map(() => null),
      { interval: mean },
      { seed: 1 },
    );
    return { value: meanOf(values), interval, n: rows.length };
  };
  return {
    scores: Array.from({ length: steps + 1 }, (_, step) => meanOf(rows.map(({ scores }) => scores[step] as number))),
    area: estimate(({ area }) => area),
    unrelatedArea: estimate(({ unrelated }) => unrelated),
    gain: estimate(({ area, unrelated }) => better * (area - unrelated)),
  };
}

function moved(map: HeatMap, random: Random): HeatMap {
  const places = movedPlaces(map.width, map.height, random);
  return { ...map, data: Float32Array.from(places, (place) => map.data[place] as number) };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
