// What an audit knows before it is judged: the scores of images as they are, and of the same images altered.
import type { Prediction } from "../prediction.js";

/** One alteration in one strength. */
export interface AuditVariant {
  /** A name of the table of corruptions: "noise". */
  readonly corruption: string;
  readonly title: string;
  /** What an answer that changes would mean: little robustness, or a look at a marker, at the frame, or away from the middle. */
  readonly kind: AuditKind;
  /** 1 is the mildest of its corruption. */
  readonly level: number;
  readonly amount: number;
  /** The amount in words. */
  readonly text: string;
}

/** What an alteration asks: whether a mild one changes answers, or whether the model looks at a marker, at the frame, or away from the middle. */
export type AuditKind = "corruption" | "marker" | "only-frame" | "only-middle";

/** One image; `score` is that of the image as it is. */
export interface AuditRow extends Pick<Prediction, "name" | "patient" | "label" | "score"> {
  /** Under each variant, in their order. */
  readonly altered: readonly number[];
  /** Of what no reader would call another image. */
  readonly retakes: readonly number[];
  /** Of the same pixels, a second time. */
  readonly again: number;
}

/**
 * What a finding needs at least, with the whole 99 % interval: so much less AUC; so large a share of calls that change; so large an AUC
 * where no lungs are to be seen.
 */
export const findingBounds = { aucFall: 0.05, changedCalls: 0.1, aucOfFrame: 0.6 } as const;
