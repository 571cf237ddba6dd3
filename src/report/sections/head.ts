// How a head was fitted to features that stay as they are: the penalties that were tried and what validation said.
import { html } from "../html.js";
import { counted, proportion } from "../numbers.js";
import type { ReportInput } from "../report-input.js";
import { type Section, table } from "./parts.js";

/** null where layers were trained, or the report is about a finished model. */
export function headSection({ head, protocol }: ReportInput): Section | null {
  if (head === undefined) return null;
  const { c, tried } = head;
  const body = html`<p>Nothing of the backbone was trained: its features were computed once, and a logistic regression was fitted to
 them until nothing improved, with each of ${counted(tried.length, "penalty", "penalties")}. The saved one has the lowest loss on validation.</p>
<h3>Protocol: ${protocol.name}</h3>
<ul>${protocol.rules.map((rule) => html`<li>${rule}</li>`)}</ul>
${table({
  caption:
    "C is the inverse strength of the L2 penalty on standardised features, as scikit-learn's. The loss is class-weighted.",
  columns: [
    { title: "C" },
    { title: "Val. loss", kind: "number" },
    { title: "Val. AUC", kind: "number" },
    { title: "Fit" },
  ],
  rows: tried.map((one) => ({
    cells: [
      one.c === c ? `${penaltyText(one.c)} (saved)` : penaltyText(one.c),
      one.validationLoss.toFixed(4),
      one.validationAuc === null ? "–" : proportion(one.validationAuc),
      one.isConverged ? "converged" : "stopped at its limit of iterations",
    ],
    ...(one.c === c ? { kind: "this" as const } : {}),
  })),
})}`;
  return { id: "training", short: "Head", title: "The head", body };
}

/** "0.00316" */
export const penaltyText = (c: number): string => String(Number(c.toPrecision(3)));
