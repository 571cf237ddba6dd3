// The scores of an audit while it goes on: a line per image, behind one that says what they are of. What was stopped goes on
// there, and every number of the report can be made from it again.
import { appendFile, readFile } from "node:fs/promises";
import { writeFileAtomically } from "../../core/atomic-file.js";
import { AppError, messageOf, systemCodeOf } from "../../core/errors.js";
import type { AuditRow } from "../../evaluation/audit/audited-scores.js";
import { auditVariants, viewsPerImage } from "./altered-images.js";

/** All that the scores depend on. */
export interface AuditMade {
  readonly version: 1;
  /** sha256 of the model. */
  readonly model: string;
  /** sha256 of the images' names, labels and patients. */
  readonly images: string;
  readonly corruptions: number;
  readonly seed: number;
}

/** What is kept of an image. */
export interface ScoredViews {
  /** Of its file, hexadecimal: by it a ledger knows the set again. */
  readonly sha256: string;
  /** Under every view, in the order of `viewsOf`. */
  readonly scores: readonly number[];
}

/** By the images' names. */
export type AuditScores = Map<string, ScoredViews>;

/**
 * What was scored already; a line that a kill cut short is left out, and scored again.
 * @throws AppError RUN_SETTINGS_CHANGED where the file is of another audit; FILE_UNREADABLE, FILE_UNWRITABLE
 */
export async function openScores(path: string, made: AuditMade): Promise<AuditScores> {
  const [head = "", ...lines] = (await textOf(path)).split("\n");
  const header = JSON.stringify(made);
  if (head !== "" && head !== header) throw madeOtherwise(path);
  const whole = lines.flatMap((line) => {
    const row = rowOf(line);
    return row === undefined ? [] : [row];
  });
  await writeFileAtomically(
    path,
    [header, ...whole.map((row) => JSON.stringify(row))].map((line) => `${line}\n`).join(""),
  );
  return new Map(whole.map(({ name, ...found }) => [name, found]));
}

export async function addScores(path: string, name: string, found: ScoredViews): Promise<void> {
  try {
    await appendFile(path, `${JSON.stringify({ name, ...found })}\n`);
  } catch (thrown) {
    const facts = {
      place: path,
      rule: `cannot be written: ${messageOf(thrown)}`,
      remedy: "Free space, and start again",
    };
    throw new AppError("FILE_UNWRITABLE", facts, { cause: thrown });
  }
}

/** The views of an image by what they are. */
export function namedScores(scores: readonly number[]): Pick<AuditRow, "score" | "altered" | "retakes" | "again"> {
  const variants = auditVariants.length;
  return {
    score: scores[0] as number,
    altered: scores.slice(1, 1 + variants),
    retakes: scores.slice(1 + variants, -1),
    again: scores.at(-1) as number,
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return "";
    const facts = { place: path, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" };
    throw new AppError("FILE_UNREADABLE", facts, { cause: thrown });
  }
}

function rowOf(line: string): (ScoredViews & { readonly name: string }) | undefined {
  try {
    const { name, sha256, scores } = JSON.parse(line) as Partial<Record<"name" | "sha256" | "scores", unknown>>;
    const isWhole =
      typeof name === "string" &&
      typeof sha256 === "string" &&
      Array.isArray(scores) &&
      scores.length === viewsPerImage &&
      scores.every((score) => typeof score === "number" && score >= 0 && score <= 1);
    return isWhole ? { name, sha256, scores } : undefined;
  } catch {
    return undefined;
  }
}

const madeOtherwise = (path: string): AppError =>
  new AppError("RUN_SETTINGS_CHANGED", {
    place: path,
    rule: "an audit goes on only with the model, images and seed that it began with",
    received: "scores of others",
    remedy: "Ask for the same as then, or choose another folder",
  });
