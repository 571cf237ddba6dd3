// The columns of the CheXpert labeler, which CheXpert and MIMIC-CXR-JPG share: 1 said to be there, 0 said not to be, -1
// uncertain, blank not spoken of; "No Finding" is 1 or blank.
import type { LabelRow } from "../label-rows.js";
import { noLabel, otherFindings, type PublishedImage } from "./published-dataset.js";

export const findingColumns = ["No Finding", "Pneumonia"] as const;

const findings = new Map<string, "there" | "absent" | "uncertain" | "blank">([
  ["1", "there"],
  ["1.0", "there"],
  ["0", "absent"],
  ["0.0", "absent"],
  ["-1", "uncertain"],
  ["-1.0", "uncertain"],
  ["", "blank"],
]);

/** "No Finding" goes before "Pneumonia", as torchxrayvision has it; pneumonia denied beside other findings is no normal image. */
export function labelOfFindings(row: LabelRow): PublishedImage["label"] {
  const [isNormal, pneumonia] = findingColumns.map((column) => row.meaning(column, findings));
  if (isNormal === "there") return 0;
  if (pneumonia === "there") return 1;
  if (pneumonia === "uncertain") return "uncertain";
  return pneumonia === "absent" ? otherFindings : noLabel;
}
