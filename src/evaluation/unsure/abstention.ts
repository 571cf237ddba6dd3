// What answering "unsure" in a band of scores amounts to on labelled images: how many are left open, what remains of each class, and how
// wrong the answers are as fewer are given.
import { callOf, type UnsureBand, unsureScores } from "../../core/unsure-band.js";
import { proportionByPatient } from "../clustered-proportion.js";
import { isPositive } from "../confusion.js";
import type { Estimate } from "../estimate.js";
import type { Prediction } from "../prediction.js";

/** What a band does to a list of scored images; intervals as those of sensitivity and specificity. */
export interface Abstention {
  readonly band: UnsureBand;
  /** The scores that are called unsure at the threshold in use; null where none is. */
  readonly scores: { readonly from: number; readonly to: number } | null;
  /** Share of images that are left open. */
  readonly unsure: { readonly all: Estimate; readonly normal: Estimate; readonly pneumonia: Estimate };
  /** Share of each class that is answered right or left open: what the band promises. */
  readonly covered: { readonly normal: Estimate; readonly pneumonia: Estimate };
  /** Of the images that are answered. */
  readonly answered: { readonly accuracy: Estimate; readonly sensitivity: Estimate; readonly specificity: Estimate };
  /** From few answers to all: the images farthest from the threshold, in logits, are answered first. */
  readonly riskCoverage: readonly RiskCoveragePoint[];
}

/** The surest images are answered, the others left open. */
export interface RiskCoveragePoint {
  /** Share of images that are answered, 0..1. */
  readonly answered: number;
  /** Share of these that are answered wrongly, 0..1. */
  readonly wrong: number;
}

export function abstention(rows: readonly Prediction[], threshold: number, band: UnsureBand, level = 0.95): Abstention {
  const called = rows.map((row) => {
    const isRight = isPositive(row.score, threshold) === (row.label === 1);
    return { ...row, isRight, isOpen: callOf(row.score, threshold, band) === "UNSURE" };
  });
  type Called = (typeof called)[number];
  const share = (of: (row: Called) => boolean, isSuccess: (row: Called) => boolean): Estimate => {
    const chosen = called.filter(of);
    return chosen.length === 0 ? { value: null, interval: null, n: 0 } : proportionByPatient(chosen, isSuccess, level);
  };
  const isOf = (label: 0 | 1) => (row: Called) => row.label === label;
  const isOpen = ({ isOpen }: Called) => isOpen;
  const isRight = ({ isRight }: Called) => isRight;
  const covered = (label: 0 | 1) => share(isOf(label), (row) => row.isOpen || row.isRight);
  const answered = (label: 0 | 1) => share((row) => row.label === label && !row.isOpen, isRight);
  return {
    band,
    scores: unsureScores(band, threshold),
    unsure: { all: share(() => true, isOpen), normal: share(isOf(0), isOpen), pneumonia: share(isOf(1), isOpen) },
    covered: { normal: covered(0), pneumonia: covered(1) },
    answered: {
      accuracy: share((row) => !row.isOpen, isRight),
      sensitivity: answered(1),
      specificity: answered(0),
    },
    riskCoverage: riskCoverage(rows, threshold),
  };
}

/** A point for each percent of the images, at most; images that are equally sure are answered together. */
export function riskCoverage(
  rows: readonly Pick<Prediction, "label" | "score">[],
  threshold: number,
): readonly RiskCoveragePoint[] {
  const centre = logit(threshold);
  const ordered = rows
    .map(({ label, score }) => ({
      sure: Math.abs(logit(score) - centre),
      isWrong: isPositive(score, threshold) !== (label === 1),
    }))
    .sort((a, b) => b.sure - a.sure);
  const points: RiskCoveragePoint[] = [];
  let [wrong, told] = [0, 0];
  for (const [i, { sure, isWrong }] of ordered.entries()) {
    if (isWrong) wrong++;
    const answered = (i + 1) / rows.length;
    if (ordered[i + 1]?.sure === sure || (answered < 1 && answered - told < 0.01 - 1e-9)) continue;
    points.push({ answered, wrong: wrong / (i + 1) });
    told = answered;
  }
  return points;
}

/** Scores of 0 and 1 are sure, not surer than everything. */
function logit(score: number): number {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, score));
  return Math.log(inside / (1 - inside));
}
