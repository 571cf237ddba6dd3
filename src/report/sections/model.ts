// The network: what Keras' model.summary() says, as a table.
import { html } from "../html.js";
import { count } from "../numbers.js";
import type { ReportInput } from "../report-input.js";
import { type Section, table } from "./parts.js";

/** Longer summaries start folded. */
const mostOpenRows = 40;

export function modelSection({ model }: ReportInput): Section {
  const { layers, parameters } = model;
  const summary = table({
    caption: "Layers as Keras' model.summary() lists them; None is the batch.",
    columns: [
      { title: "Layer" },
      { title: "Type" },
      { title: "Output shape" },
      { title: "Parameters", kind: "number" },
    ],
    rows: [
      ...layers.map((layer) => ({
        cells: [
          layer.name,
          layer.className,
          html`<span class="together">${layer.outputShape}</span>`,
          count(layer.parameters),
        ],
      })),
      { cells: ["Total", "", "", count(parameters.total)], kind: "total" as const },
    ],
  });
  const body = html`<p><b>${model.title}</b>. ${model.description}${model.inputText === undefined ? null : html` Input: ${model.inputText}.`}${model.weightsText === undefined ? null : html` Weights at the start: <b>${model.weightsText}</b>.`}${model.filesText === undefined ? null : html` Trained model: ${model.filesText}.`}</p>
<p>Total params: <b>${count(parameters.total)}</b>. Trainable params: <b>${count(parameters.trainable)}</b>. Non-trainable params: <b>${count(parameters.nonTrainable)}</b>.</p>
${layers.length <= mostOpenRows ? summary : html`<details><summary>All ${count(layers.length)} layers</summary>${summary}</details>`}`;
  return { id: "model", short: "Model", title: "Model", body };
}
