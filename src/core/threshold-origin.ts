// Where a threshold comes from, and whether its policy could be kept: words for every place that shows one.

/** A threshold as contracts and evaluations carry it. */
export interface ToldThreshold {
  /** The policy as a user writes it: "0.5", "youden", "sensitivity=0.95". */
  readonly policy: string;
  /** What it was chosen on ("validation"); null where it was not chosen on data here. */
  readonly chosenOn: string | null;
  /** "user": a number that somebody gave; on what it was chosen, if on anything, nobody knows. */
  readonly givenBy?: "user";
  /** What it reached where it was chosen; null or absent where it was not, or that is not known. */
  readonly reached?: ReachedRates | null;
}

/** What a threshold amounts to where it was chosen. */
export interface ReachedRates {
  /** Images that it was chosen on. */
  readonly n: number;
  readonly sensitivity: number;
  readonly specificity: number;
}

/**
 * Where a threshold comes from, in a few words: what it was chosen on and what that reached where it is less than asked; "given by the user,
 * origin unknown"; or "fixed beforehand" for the study's 0.5.
 *
 * @example
 * await using model = await openClassifier("runs/mine");
 * console.log(thresholdOrigin(model.contract.threshold)); // "youden, chosen on validation"
 */
export function thresholdOrigin(threshold: ToldThreshold): string {
  const { policy, chosenOn, givenBy } = threshold;
  if (givenBy !== undefined) return "given by the user, origin unknown";
  if (chosenOn === null) return "fixed beforehand";
  const missed = missedTarget(threshold);
  return `${policy}, chosen on ${chosenOn}${missed === undefined ? "" : ` (${missed})`}`;
}

/**
 * What a policy reached in place of what was asked of it: "reached sensitivity 0.91 only", or that it was reached by calling every image the
 * same. Undefined where it was kept.
 */
export function missedTarget({ policy, reached }: ToldThreshold): string | undefined {
  if (reached == null) return undefined;
  const { sensitivity, specificity } = reached;
  const [, kind, target] = /^(sensitivity|specificity)=(.+)$/.exec(policy) ?? [];
  if (kind !== undefined) {
    const rate = kind === "sensitivity" ? sensitivity : specificity;
    if (rate < Number(target) - 1e-12) return `reached ${kind} ${rate.toFixed(3)} only`;
  }
  if (specificity === 0) return "reached only by calling every image pneumonia";
  return sensitivity === 0 ? "reached only by calling no image pneumonia" : undefined;
}
