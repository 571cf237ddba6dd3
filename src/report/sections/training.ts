// How the training went: curves, the epoch that was kept and why, and the history as a table.
import type { ReportAssets } from "../assets.js";
import { dropsOf } from "../figures/training-curves.js";
import { html } from "../html.js";
import { counted, duration, learningRate, proportion } from "../numbers.js";
import type { ReportInput, TrainingFacts } from "../report-input.js";
import { drawing, type Section, table } from "./parts.js";

/** null where the report is about a finished model. */
export function trainingSection({ training, protocol }: ReportInput, assets: ReportAssets): Section | null {
  if (training === undefined) return null;
  const { history, bestEpoch, bestEpochRule, totalSeconds } = training;
  const body = html`<p>${counted(history.length, "epoch")} in ${duration(totalSeconds)}. The saved model is that of epoch ${bestEpoch} (${bestEpochRule}).
 ${courseOfRate(training)}</p>
<div class="figures">
${drawing(assets, "training-loss", "In training with class weights, under augmentation and averaged while the weights move; in validation without: their levels need not agree.")}
${drawing(assets, "training-accuracy", "Share of right answers at a threshold of 0.5.")}
${drawing(assets, "training-auc", "Area under the ROC curve on the validation images.")}
${drawing(assets, "learning-rate", "The rate that each epoch began with.")}
</div>
<h3>Protocol: ${protocol.name}</h3>
<ul>${protocol.rules.map((rule) => html`<li>${rule}</li>`)}</ul>
<details><summary>History, one row per epoch</summary>
${table({
  caption: "Contents of history.csv. The row of the saved model is marked.",
  columns: [
    { title: "Epoch" },
    ...["Loss", "Accuracy", "Val. loss", "Val. accuracy", "Val. AUC", "Learning rate", "Images/s", "Time"].map(
      (title) => ({
        title,
        kind: "number" as const,
      }),
    ),
  ],
  rows: history.map((row) => ({
    cells: [
      row.epoch === bestEpoch ? `${row.epoch} (saved)` : String(row.epoch),
      row.loss.toFixed(4),
      proportion(row.accuracy),
      row.validationLoss === null ? "–" : row.validationLoss.toFixed(4),
      row.validationAccuracy === null ? "–" : proportion(row.validationAccuracy),
      row.validationAuc === null ? "–" : proportion(row.validationAuc),
      learningRate(row.learningRate),
      row.imagesPerSecond.toFixed(1),
      duration(row.seconds),
    ],
    ...(row.epoch === bestEpoch ? { kind: "this" as const } : {}),
  })),
})}</details>`;
  return { id: "training", short: "Training", title: "Training", body };
}

function courseOfRate(training: TrainingFacts): string {
  if (training.schedule === "cosine") return "The learning rate fell along half a cosine to 0.";
  const drops = dropsOf(training);
  if (drops.length === 0) return "The learning rate was never lowered.";
  const epochs = `${drops.length === 1 ? "epoch" : "epochs"} ${new Intl.ListFormat("en").format(drops.map(String))}`;
  return `The learning rate was lowered before ${epochs} (dotted lines).`;
}
