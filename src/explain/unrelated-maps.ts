// What the agreement of two maps is by chance: that of one map with another that was moved round, turned over, or both. Such a map is as
// smooth as it was and has nothing to do with the first any more; smooth maps agree by chance far more than cells drawn by lot would.
import { Random } from "../core/random.js";
import { ranksOf } from "./rank-correlation.js";

/** Agreement of maps that have nothing to do with each other, over as many images. */
export interface ChanceAgreement {
  readonly mean: number;
  /** 95 of 100 such means are below. */
  readonly high: number;
}

/** Two maps of one image, row-major [height, width]. */
export type MapPair = readonly [ArrayLike<number>, ArrayLike<number>];

const draws = 400;

/**
 * @param size by what agreement is told: the size of Spearman's rho, or rho with its sign
 * @returns null where no pair has an order
 */
export function chanceAgreement(
  pairs: readonly MapPair[],
  { width, height, size }: { readonly width: number; readonly height: number; readonly size: "absolute" | "signed" },
  seed = 1,
): ChanceAgreement | null {
  const ranked = pairs.flatMap(([a, b]) => {
    const [x, y] = [standardRanks(a), standardRanks(b)];
    return x === null || y === null ? [] : [{ x, y }];
  });
  if (ranked.length === 0) return null;
  const random = Random.of(seed, "unrelated maps");
  const means = Float64Array.from({ length: draws }, () => {
    const sum = ranked.reduce((total, { x, y }) => {
      const rho = productOf(x, y, movedPlaces(width, height, random));
      return total + (size === "absolute" ? Math.abs(rho) : rho);
    }, 0);
    return sum / ranked.length;
  }).sort();
  return {
    mean: means.reduce((sum, value) => sum + value, 0) / draws,
    high: means[Math.ceil(0.95 * draws) - 1] as number,
  };
}

/** Ranks with mean 0 and length 1, so that their product is rho; null where all are equal. */
function standardRanks(values: ArrayLike<number>): Float64Array | null {
  const ranks = ranksOf(values);
  const centred = ranks.map((rank) => rank - (ranks.length + 1) / 2);
  const length = Math.sqrt(centred.reduce((sum, rank) => sum + rank * rank, 0));
  return length > 0 ? centred.map((rank) => rank / length) : null;
}

/** Where each place's value comes from: shifted round by any number of cells, but not by none at all, and mirrored at random. */
export function movedPlaces(width: number, height: number, random: Random): Uint32Array {
  const cells = width * height;
  const shift = cells < 2 ? 0 : 1 + random.integer(cells - 1);
  const [right, down] = [shift % width, Math.floor(shift / width)];
  const [isMirrored, isTurnedOver] = [random.uniform() < 0.5, random.uniform() < 0.5];
  return Uint32Array.from({ length: cells }, (_, place) => {
    const x = ((place % width) + right) % width;
    const y = (Math.floor(place / width) + down) % height;
    return (isTurnedOver ? height - 1 - y : y) * width + (isMirrored ? width - 1 - x : x);
  });
}

function productOf(x: Float64Array, y: Float64Array, places: Uint32Array): number {
  return x.reduce((sum, value, i) => sum + value * (y[places[i] as number] as number), 0);
}
