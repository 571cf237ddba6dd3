// What reporting guidelines ask of a study, and who answers it: the software from the run, the author in study.yaml, or nobody. Each item of
// a guideline is answered by topics, which several guidelines share.
import type { TopicName } from "./topics.js";

/** A row of a guideline, in words of our own: the published texts are their publishers'. */
export interface ChecklistItem {
  /** As the guideline numbers it: "9", "15b". */
  readonly number: string;
  readonly title: string;
  /** What must be said for the item to be answered. */
  readonly topics: readonly TopicName[];
}

export interface Checklist {
  readonly id: "claim-2024" | "tripod-ai" | "stard-ai";
  readonly title: string;
  readonly citation: string;
  /** In its order, by its headings. */
  readonly sections: readonly { readonly title: string; readonly items: readonly ChecklistItem[] }[];
}

/** Texts by topic; a topic that nobody has said anything of is absent. */
export type Answers = Readonly<Partial<Record<TopicName, string>>>;

/** Who answers an item. `in part`: something of it is not stated. */
export type AnsweredBy = "software" | "author" | "software and author" | "in part" | "not stated";

export interface AnsweredItem extends ChecklistItem {
  readonly by: AnsweredBy;
  /** A paragraph for each topic that is answered. */
  readonly answers: readonly { readonly topic: TopicName; readonly by: "software" | "author"; readonly text: string }[];
  /** Topics that study.yaml could answer. */
  readonly missing: readonly TopicName[];
}

/** @param answers of the author's and the software's both are shown, the author's first */
export function answered(item: ChecklistItem, software: Answers, author: Answers): AnsweredItem {
  const answers = item.topics.flatMap((topic) => [
    ...(author[topic] === undefined ? [] : [{ topic, by: "author" as const, text: author[topic] }]),
    ...(software[topic] === undefined ? [] : [{ topic, by: "software" as const, text: software[topic] }]),
  ]);
  const missing = item.topics.filter((topic) => answers.every((answer) => answer.topic !== topic));
  return { ...item, answers, missing, by: whoAnswers(answers, missing.length) };
}

function whoAnswers(answers: AnsweredItem["answers"], missing: number): AnsweredBy {
  if (answers.length === 0) return "not stated";
  if (missing > 0) return "in part";
  const [first, ...others] = new Set(answers.map(({ by }) => by));
  return others.length > 0 ? "software and author" : (first as "software" | "author");
}

/** How many items of a checklist are answered, and by whom. */
export interface ChecklistCounts {
  readonly items: number;
  /** Whole, by whomever. */
  readonly answered: number;
  readonly inPart: number;
  readonly notStated: number;
}

export function countAnswers(items: readonly Pick<AnsweredItem, "by">[]): ChecklistCounts {
  const inPart = items.filter(({ by }) => by === "in part").length;
  const notStated = items.filter(({ by }) => by === "not stated").length;
  return { items: items.length, answered: items.length - inPart - notStated, inPart, notStated };
}
