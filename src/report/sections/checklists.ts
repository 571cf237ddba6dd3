// How many items of the reporting guidelines the run answers; the answers are in checklists.html beside the report.
import { countsText } from "../checklists/checklists.js";
import { runChecklists } from "../checklists/run-checklists.js";
import { html } from "../html.js";
import type { ReportInput } from "../report-input.js";
import type { Section } from "./parts.js";

export function checklistsSection(input: ReportInput): Section {
  const { checklists } = runChecklists(input);
  const body = html`<p>What reporting guidelines ask, item by item, with the answers of this run: <code>checklists.html</code> and checklists.json. What the software cannot know, the author writes in study.yaml.</p>
<ul>${checklists.map((checklist) => html`<li>${countsText(checklist)} <small>${checklist.citation}</small></li>`)}</ul>`;
  return { id: "checklists", short: "Checklists", title: "Reporting checklists", body };
}
