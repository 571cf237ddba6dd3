// comparison.md: the comparison for an issue, a README or a paper's supplement.
import { researchUse } from "../../core/research-use.js";
import { counted, proportion } from "../numbers.js";
import { dateText } from "../page.js";
import { markdownTable } from "../tables.js";
import type { ComparisonInput } from "./comparison-input.js";
import { cellText, comparisonNotes, comparisonTables } from "./comparison-tables.js";

/** Ends with a line break. */
export function comparisonMarkdown(input: ComparisonInput): string {
  const { comparison, dataset } = input;
  const tables = comparisonTables(input).flatMap(({ title, caption, columns, rows }) => [
    `## ${title}`,
    "",
    caption,
    "",
    ...markdownTable(
      columns,
      rows.map(({ cells }) => cells.map((cell) => cellText(cell).trim())),
    ),
    "",
  ]);
  return [
    `# ${input.folds === null ? "Comparison" : "Cross-validation"} on ${dataset.name}`,
    "",
    `Made ${dateText(input.createdAt)} by Pneumoscope ${input.version}. **${researchUse}**`,
    ...(dataset.kind === "synthetic" ? ["**Synthetic images:** these numbers say nothing about pneumonia."] : []),
    "",
    ...tables,
    ...comparisonNotes(input).flatMap((note) => [note, ""]),
    ...commonMistakes(input),
    ...(comparison.models.length > 0 && input.comparison.floors.length > 0 ? [floorNote, ""] : []),
    "![ROC curves](figures/roc-curves.png)",
    "",
  ].join("\n");
}

const floorNote =
  "Shortcut floors are logistic regressions trained on train/, on something simpler than the radiograph: 32x32 pixels, its outer frame, one number. What a network adds is what it has above them.";

function commonMistakes({ comparison }: ComparisonInput): readonly string[] {
  const { models, commonMistakes: mistakes } = comparison;
  if (models.length < 2) return [];
  return [
    "## Images that all models get wrong",
    "",
    `${counted(mistakes.length, "image")} of ${comparison.n}.`,
    "",
    ...(mistakes.length === 0
      ? []
      : [
          ...markdownTable(
            ["Image", { title: "Label" }, ...models.map(({ title }) => title)],
            mistakes.map(({ name, label, scores }) => [
              `\`${name}\``,
              label === 1 ? "pneumonia" : "normal",
              ...scores.map(proportion),
            ]),
          ),
          "",
        ]),
  ];
}
