// What an audit found in words and as a table: the same for report, card and terminal.
import { researchUse } from "../core/research-use.js";
import { findingBounds } from "../evaluation/audit/audited-scores.js";
import type { Audit, AuditFinding, VariantResult } from "../evaluation/audit/judge-audit.js";
import { type Estimate, formatEstimate, formatValue } from "../evaluation/estimate.js";
import { counted, patientsText, percent, thresholdText } from "./numbers.js";
import { aligned, folded } from "./tables.js";

/** "Flagged: …", or that nothing was found; then what each finding is. */
export function auditVerdict({ shortcuts, findings }: Pick<Audit, "shortcuts" | "findings">): string {
  const fragile = findings.filter(({ kind }) => kind === "fragile" || kind === "retest").length;
  const robust =
    fragile === 0
      ? "No mild corruption changed its answers beyond the bounds."
      : `${counted(fragile, "mild change")} of the image changed its answers beyond the bounds.`;
  switch (shortcuts) {
    case "found":
      return `Flagged: the scores depend on markers or on the image's frame. ${robust}`;
    case "none found":
      return `No shortcut was found among those that were tried (markers, frame). ${robust}`;
    case "unknown":
      return `Shortcuts could not be judged: at least two patients of each class are needed. ${robust}`;
    default:
      return shortcuts satisfies never;
  }
}

export function findingText({ kind, title, text, measure, found, bound }: AuditFinding): string {
  const value = formatEstimate(found);
  const about = `${title} (${text})`;
  switch (kind) {
    case "marker":
      return `${about}: where only one class bears a pasted letter, the AUC falls by ${value}. The model ranks by markers.`;
    case "only-frame":
      return `${about}: with everything but the frame covered, the model still tells the classes apart with an AUC of ${value}.`;
    case "only-middle":
      return `${about}: without the frame the AUC falls by ${value}. The model needs what lies at the edge.`;
    case "fragile":
      return measure === "aucFall"
        ? `${about}: the AUC falls by ${value}.`
        : `${about}: the call changes for ${value} of the images, more than ${percent(bound, 0)}.`;
    case "retest":
      return `${about}: ${value} of the images are not called the same in all takes, more than ${percent(bound, 0)}.`;
    default:
      return kind satisfies never;
  }
}

/** How findings come about. */
export const auditRule =
  `A finding needs its whole 99% interval beyond a bound: ${findingBounds.aucFall} of AUC lost with a marker on one class alone, or without the frame (at most an eighth of each side); an AUC of ` +
  `${findingBounds.aucOfFrame} from that frame alone; at the mildest level of a corruption ${findingBounds.aucFall} of AUC lost or ${percent(findingBounds.changedCalls, 0)} of the calls changed; ` +
  `${percent(findingBounds.changedCalls, 0)} of the images not called the same in all takes. Other shortcuts than these may be there: this proves none absent.`;

export function auditedText({ images, patients, positives }: Audit, ofImages: number): string {
  const drawn = images < ofImages ? ` of ${counted(ofImages, "image")}, patients drawn at random` : "";
  return `${counted(images, "image")} of ${patientsText(patients)}, ${counted(positives, "image")} with pneumonia${drawn}.`;
}

export function retestText({ retest }: Audit): string {
  const { retakes, deviation, repeatability, changedCalls, samePixels } = retest;
  const same = samePixels === 0 ? "exactly the same" : `at most ${samePixels.toPrecision(1)} apart`;
  return (
    `Each image beside ${retakes} simulated retakes (turned by up to 2°, shifted by up to 2%, exposure up to 3% and noise of 1% of the range): an image's scores have a standard deviation of ${formatEstimate(deviation)}, ` +
    `so that 95 of 100 pairs of takes differ by less than ${repeatability?.toFixed(3) ?? "n/a"}; ${formatEstimate(changedCalls)} of the images are not called the same in all takes. The same pixels scored twice: ${same}.`
  );
}

export const auditColumns = [
  "Images",
  "Level",
  "ROC AUC",
  "AUC lost",
  "Sensitivity",
  "Specificity",
  "Calls changed",
] as const;

/** The images as they are, then every variant. */
export function auditRows({ auc, sensitivity, specificity, variants }: Audit): readonly (readonly string[])[] {
  const calls = [sensitivity, specificity].map((estimate) => formatEstimate(estimate));
  return [
    ["as they are", "", formatEstimate(auc), "", ...calls, ""],
    ...variants.map(({ title, text, ...found }) => [
      title,
      text,
      formatEstimate(found.auc),
      lossText(found.aucFall),
      formatEstimate(found.sensitivity),
      formatEstimate(found.specificity),
      formatEstimate(found.changedCalls),
    ]),
  ];
}

/** "0.046 (0.027 to 0.064)", "−0.001 (−0.003 to 0.000)": it may be below 0. */
function lossText({ value, interval }: Estimate): string {
  const text = (number: number) =>
    number
      .toFixed(3)
      .replace(/^-(?=0\.0+$)/, "")
      .replace("-", "−");
  if (value === null) return formatValue(value);
  return interval === null ? text(value) : `${text(value)} (${text(interval.low)} to ${text(interval.high)})`;
}

export const conflictColumns = ["Marker", "Level", "Marked class", "AUC lost"] as const;

/** Markers on one class alone. */
export function conflictRows({ variants }: Audit): readonly (readonly string[])[] {
  return variants.flatMap(({ title, text, conflict }: VariantResult) =>
    conflict === null ? [] : [[title, text, `${conflict.marked} only`, lossText(conflict.aucFall)]],
  );
}

/**
 * An audit as text for a terminal: the verdict, what each alteration costs, the retest; it ends with a line break.
 *
 * @example
 * const { audit } = await auditModel(classifier, { data: "chest_xray", folder: "audit" });
 * console.log(formatAudit(audit));
 */
export function auditText(audit: Audit): string {
  const { auc, sensitivity, specificity, variants, findings, threshold } = audit;
  const values = (row: Pick<Audit, "sensitivity" | "specificity">) => [
    formatValue(row.sensitivity.value),
    formatValue(row.specificity.value),
  ];
  const rows = variants.map((variant) => [
    variant.level === 1 ? variant.title : "",
    variant.text,
    formatEstimate(variant.auc, 2),
    ...values(variant),
    percent(variant.changedCalls.value),
  ]);
  const asTheyAre = ["as they are", "", formatEstimate(auc, 2), ...values({ sensitivity, specificity }), ""];
  const lines = [
    auditedText(audit, audit.images),
    `Pneumonia where the score is at least ${thresholdText(threshold)}`,
    researchUse,
    "",
    aligned(["Images", "level", "ROC AUC", "sens.", "spec.", "calls changed"], [asTheyAre, ...rows]),
    "",
    aligned(["Marker on one class alone", "level", "marked", "AUC lost"], conflictRows(audit)),
    "",
    folded(retestText(audit)),
    "",
    folded(auditVerdict(audit)),
    ...findings.map((finding) => folded(`- ${findingText(finding)}`)),
  ];
  return `${lines.join("\n")}\n`;
}
