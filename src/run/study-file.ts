// study.yaml: what an author says of a study that no software can know, by the topics of the reporting checklists.
import { stat } from "node:fs/promises";
import { parseDocument } from "yaml";
import { AppError } from "../core/errors.js";
import { readText } from "../core/json-file.js";
import { didYouMean } from "../core/nearest.js";
import type { Answers } from "../report/checklists/checklist.js";
import { topicNames } from "../report/checklists/topics.js";

/** Of the file, and of one answer. */
const limits = { bytes: 1_000_000, letters: 20_000 } as const;

/**
 * @returns the answers by topic, without those that are left empty
 * @throws AppError FILE_MISSING, FILE_UNREADABLE; STUDY_FILE_INVALID naming the topic or the line
 */
export async function readStudyFile(path: string): Promise<Answers> {
  const { size } = await stat(path).catch(() => ({ size: 0 })); // what is not there, readText says
  if (size > limits.bytes) throw invalid(path, `should have at most ${limits.bytes} bytes`, `${size}`);
  return parseStudy(await readText(path), path);
}

export function parseStudy(text: string, place: string): Answers {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined)
    throw invalid(place, "should be YAML", (error.message.split("\n")[0] ?? "").replace(/:$/, ""));
  const value = toValue(document, place) ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw invalid(place, 'should have a line for each topic, such as "funding: …"', kindOf(value));
  }
  return Object.fromEntries(Object.entries(value).flatMap(([topic, answer]) => entry(topic, answer, place)));
}

/** Aliases that would grow beyond all bounds are refused by the parser. */
function toValue(document: ReturnType<typeof parseDocument>, place: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch (thrown) {
    throw invalid(place, "should be plain YAML", thrown instanceof Error ? thrown.message : "something else");
  }
}

function entry(topic: string, answer: unknown, path: string): readonly (readonly [string, string])[] {
  const place = `${path}: ${topic}`;
  if (!(topicNames as readonly string[]).includes(topic)) {
    throw invalid(place, "is no topic of the checklists", topic, didYouMean(topic, topicNames));
  }
  if (answer === null || answer === undefined) return [];
  const text = typeof answer === "number" || typeof answer === "boolean" ? String(answer) : answer;
  if (typeof text !== "string") throw invalid(place, "should be a text", kindOf(answer));
  const shown = text.replace(/\s+/g, " ").trim();
  if (shown.length > limits.letters) {
    throw invalid(place, `should have at most ${limits.letters} letters`, String(shown.length));
  }
  return shown === "" ? [] : [[topic, shown]];
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? "a list" : typeof value);

const invalid = (place: string, rule: string, received: string, remedy?: string): AppError =>
  new AppError("STUDY_FILE_INVALID", {
    place,
    rule,
    received,
    remedy: remedy ?? "docs/checklists.md lists every topic",
  });
