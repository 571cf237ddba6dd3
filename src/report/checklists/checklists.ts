// All checklists of a run, answered: what checklists.json and checklists.html hold.
import type { AnsweredItem, Answers, Checklist, ChecklistCounts } from "./checklist.js";
import { answered, countAnswers } from "./checklist.js";
import { claim2024 } from "./claim-2024.js";
import { stardAi } from "./stard-ai.js";
import { tripodAi } from "./tripod-ai.js";

/** In the order of the page. */
export const checklists: readonly Checklist[] = [claim2024, tripodAi, stardAi];

/** Rises when a field changes its meaning or goes away. */
export const checklistsVersion = 1;

/** A guideline with its items answered, and how many of them are. */
export interface AnsweredChecklist extends Pick<Checklist, "id" | "title" | "citation"> {
  readonly counts: ChecklistCounts;
  readonly sections: readonly { readonly title: string; readonly items: readonly AnsweredItem[] }[];
}

/** checklists.json: the answers by topic, and every item with its own. */
export interface RunChecklists {
  readonly version: typeof checklistsVersion;
  readonly run: { readonly name: string; readonly title: string; readonly createdAt: string; readonly version: string };
  /** `software`: from the run; `author`: from study.yaml, empty where there is none. */
  readonly answers: { readonly software: Answers; readonly author: Answers };
  readonly checklists: readonly AnsweredChecklist[];
}

export function answerChecklists(run: RunChecklists["run"], software: Answers, author: Answers): RunChecklists {
  return {
    version: checklistsVersion,
    run,
    answers: { software, author },
    checklists: checklists.map(({ id, title, citation, sections }) => {
      const all = sections.map((section) => ({
        title: section.title,
        items: section.items.map((item) => answered(item, software, author)),
      }));
      return { id, title, citation, counts: countAnswers(all.flatMap(({ items }) => items)), sections: all };
    }),
  };
}

/** "CLAIM 2024: 27 of 44 items answered, 4 in part, 13 not stated." */
export const countsText = ({ title, counts }: Pick<AnsweredChecklist, "title" | "counts">): string =>
  `${title}: ${counts.answered} of ${counts.items} items answered, ${counts.inPart} in part, ${counts.notStated} not stated.`;
