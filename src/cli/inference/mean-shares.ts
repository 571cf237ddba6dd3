// The heat's shares over all images of one `explain`, in a sentence. An image out of scope, such as a photograph, has no
// lungs where the frame is: its row keeps its own shares, and the means leave it out and say so.
import { type ExplainedResult, evenShares } from "../../index.js";
import { percent } from "../numbers.js";

/** Undefined where no image has heat. */
export function meanSharesText(rows: readonly ExplainedResult[]): string | undefined {
  const withHeat = rows.flatMap((row) =>
    row.kind === "explained" && row.looked !== null ? [{ ...row.looked, inScope: row.scope.inScope }] : [],
  );
  const looked = withHeat.filter(({ inScope }) => inScope);
  const leftOut = withHeat.length - looked.length;
  if (withHeat.length === 0) return undefined;
  if (looked.length === 0) return "No mean share of the heat: every image that has heat is out of scope.";
  const mean = (share: "outsideFrame" | "border") =>
    percent(looked.reduce((sum, { [share]: value }) => sum + value, 0) / looked.length);
  const n = `n = ${looked.length}${leftOut > 0 ? `, without ${leftOut} out of scope` : ""}`;
  const even = `spread evenly: ${percent(evenShares.outsideFrame)}, ${percent(evenShares.border)}`;
  return `Mean share of the heat outside the lungs' frame ${mean("outsideFrame")}, at the border ${mean("border")} (${n}; ${even}).`;
}
