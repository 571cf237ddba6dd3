// The model card's words inside the report. Its numbers are the other sections'.
import { cardFacts } from "../card-facts.js";
import { html, type Markup } from "../html.js";
import type { ReportInput } from "../report-input.js";
import type { Section } from "./parts.js";

export function cardSection(input: ReportInput): Section {
  const { intendedUse, outOfScope, licences, citations } = cardFacts(input);
  const body = html`<p>The same as a file for a model repository: model-card.md, with the metrics in its head. Numbers and limits are in the sections above.</p>
${list("Meant for", intendedUse)}
${list("Not meant for", outOfScope)}
${list("Licences", licences)}
${list("To cite", citations)}`;
  return { id: "card", short: "Model card", title: "Model card", body };
}

function list(title: string, lines: readonly string[]): Markup | null {
  if (lines.length === 0) return null;
  return html`<h3>${title}</h3>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}
