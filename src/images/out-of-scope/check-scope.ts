// Whether an image is what the models read: an upright frontal chest radiograph, bones white. Pure, quick (about a
// millisecond) and free of Node, so that predict, the API and the page give the same answer. It warns; it proves nothing:
// decision 23 and docs/results.md say what it misses.
import type { GrayImage } from "../gray-image.js";
import { type Interpolation, resizeBilinear } from "../resize.js";
import { featureCount, scopeFeatures } from "./scope-features.js";
import { changed, scopeGrid, type WrongWay, wrongWays } from "./scope-grid.js";
import { deviation, type ScopeModel, unpackNumbers } from "./scope-model.js";
import { scopeStatistics } from "./scope-statistics.js";

/** Raise when the check flags other images than before: caches keep what it flagged. */
export const scopeVersion = "scope 1";

export const scopeCodes = [
  "LOW_CONTRAST",
  "FEW_GREY_LEVELS",
  "LOOKS_INVERTED",
  "LOOKS_TURNED",
  "NOT_A_FRONTAL_CHEST",
] as const;
/** The stable name of a reason. */
export type ScopeCode = (typeof scopeCodes)[number];

/** One reason why an image is out of scope. */
export interface ScopeFinding {
  readonly code: ScopeCode;
  /** A sentence for people, without the image's name. */
  readonly message: string;
}

/** Whether an image looks like an upright frontal chest radiograph of a child. It is scored all the same. */
export interface ScopeCheck {
  /** True when there are no findings. */
  readonly inScope: boolean;
  readonly findings: readonly ScopeFinding[];
  /** How far the image lies from the training images; 1 is the limit, above it is out of scope. */
  readonly distance: number;
}

const messages: Readonly<Record<ScopeCode, string>> = {
  LOW_CONTRAST: "There is hardly any contrast in the image.",
  FEW_GREY_LEVELS: "The image has very few grey levels, as drawings and text have.",
  LOOKS_INVERTED: "The image looks inverted: bones should be white and air black.",
  LOOKS_TURNED: "The image looks turned, upside down or flipped.",
  NOT_A_FRONTAL_CHEST:
    "The image does not look like the frontal chest X-rays of children that this check was made from.",
};

/** No feature and no component's number lies outside -1 to 1. */
const unitScale = 32_767;

/** The committed numbers as a model. */
export const scopeModel: ScopeModel = {
  mean: unpackNumbers(scopeStatistics.mean, unitScale),
  components: scopeStatistics.components.map((text) => unpackNumbers(text, unitScale)),
  variances: scopeStatistics.variances,
  residualVariance: scopeStatistics.residualVariance,
};

/** Images are looked at in the size and with the interpolation of those that the model was fitted to, however large they are. */
const seenSide = 224;

/**
 * What to show `checkScope` of an image that was resized for a model: the small one where it would make the very same
 * itself, which spares it the time.
 */
export function scopeView(image: GrayImage, resized: GrayImage, interpolation: Interpolation): GrayImage {
  const isSame = interpolation === "linear" && resized.width === seenSide && resized.height === seenSide;
  return isSame ? resized : image;
}

/** What an image of any size is flagged for. One of its own changed selves that fits better says which way it is wrong. */
export function checkScope(image: GrayImage): ScopeCheck {
  const seen = resizeBilinear(image, seenSide, seenSide);
  const { contrast, values } = scopeGrid(seen);
  const own = distanceOf(values);
  const finding = (code: ScopeCode): ScopeFinding => ({ code, message: messages[code] });
  if (contrast < scopeStatistics.contrastLimit) {
    return { inScope: false, findings: [finding("LOW_CONTRAST")], distance: Math.max(own, lowContrastDistance) };
  }
  const findings: ScopeFinding[] = [];
  if (greyLevels(seen) < scopeStatistics.greyLevelLimit) findings.push(finding("FEW_GREY_LEVELS"));
  const better = betterWay(values, own);
  if (better !== undefined) findings.push(finding(better === "inverted" ? "LOOKS_INVERTED" : "LOOKS_TURNED"));
  else if (own > 1) findings.push(finding("NOT_A_FRONTAL_CHEST"));
  return { inScope: findings.length === 0, findings, distance: own };
}

/** Of a grid from the training images' features; 1 is the limit. */
const distanceOf = (grid: Float64Array): number => deviation(scopeModel, scopeFeatures(grid)) / scopeStatistics.limit;

/** A flat image has no grid to speak of: it counts as far away whatever its numbers say. */
const lowContrastDistance = 2;

/** The change after which the image lies within the limit and nearer than it is; undefined when there is none. */
function betterWay(values: Float64Array, own: number): WrongWay | undefined {
  let best: WrongWay | undefined;
  let nearest = Math.min(own, 1);
  for (const way of wrongWays) {
    const distance = distanceOf(changed(values, way));
    if (distance >= nearest) continue;
    nearest = distance;
    best = way;
  }
  return best;
}

/** How many of the 256 grey levels at least one pixel in 10,000 has. */
export function greyLevels({ data }: GrayImage): number {
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    counts[value] = (counts[value] as number) + 1;
  }
  return counts.filter((count) => count > 0 && count * 10_000 >= data.length).length;
}

/** What the committed numbers are packed with; for the script that makes them. */
export const packing = { scale: unitScale, features: featureCount } as const;
