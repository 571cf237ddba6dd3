// checklists.json and checklists.html of a run: every item of every guideline with its answer, by whom, or what is missing.
import { join } from "node:path";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { html, type Markup } from "../html.js";
import { dateText, renderShell } from "../page.js";
import { type Section, table } from "../sections/parts.js";
import type { AnsweredItem } from "./checklist.js";
import { type AnsweredChecklist, countsText, type RunChecklists } from "./checklists.js";

export const checklistFiles = { json: "checklists.json", page: "checklists.html" } as const;

/** @returns the page's path @throws AppError FILE_UNWRITABLE */
export async function writeChecklists(folder: string, answers: RunChecklists): Promise<string> {
  await writeFileAtomically(join(folder, checklistFiles.json), `${JSON.stringify(answers, null, 2)}\n`);
  const page = join(folder, checklistFiles.page);
  await writeFileAtomically(page, renderChecklists(answers));
  return page;
}

export function renderChecklists({ run, checklists, answers }: RunChecklists): string {
  const hasAuthor = Object.keys(answers.author).length > 0;
  return renderShell({
    title: `${run.title}: reporting checklists`,
    version: run.version,
    head: html`<header class="top">
<p class="product">Pneumoscope checklists</p>
<h1>${run.title}</h1>
<ul class="facts"><li><b>Run</b> ${run.name}</li><li><b>Made</b> ${dateText(run.createdAt)}</li></ul>
<p>What reporting guidelines ask of a study, answered by the software from this run${hasAuthor ? " and by the author's study.yaml" : ""}. Items are in words of our own; the guidelines themselves are
 cited. An answer says what was done, not that it was well done: read it before you hand it in.</p>
${hasAuthor ? null : html`<p>What the software cannot know is the author's to write: <code>pneumoscope checklists RUN --study study.yaml</code>.</p>`}</header>`,
    sections: checklists.map(checklistSection),
    files: "checklists.json, the same for programs",
  });
}

function checklistSection(checklist: AnsweredChecklist): Section {
  const { id, title, citation, sections } = checklist;
  const body = html`<p>${countsText(checklist)}</p>
<p>${citation}</p>
${table({
  caption: `${title}, item by item.`,
  columns: [{ title: "Item" }, { title: "Answered by" }, { title: "Answer" }],
  rows: sections.flatMap((section) => [
    { cells: [section.title, "", ""], kind: "head" as const },
    ...section.items.map((item) => ({
      cells: [html`${item.number} <small>${item.title}</small>`, item.by, answerCell(item)],
    })),
  ]),
})}`;
  return { id, short: title, title, body };
}

function answerCell({ answers, missing }: AnsweredItem): Markup {
  const paragraphs = answers.map(
    ({ by, text }) => html`<p>${by === "author" ? html`<b>Author:</b> ` : null}${text}</p>`,
  );
  const absent = missing.length === 0 ? null : html`<p><small>Not stated: ${missing.join(", ")}</small></p>`;
  return html`<div class="long">${paragraphs}${absent}</div>`;
}
