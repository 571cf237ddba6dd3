// The checklists of a finished run with the author's answers: what `checklists` does. The software's answers are those of the run's end, with what
// its ledger has learnt since.
import { join, resolve } from "node:path";
import { aPath, checkArgument, checkOptions } from "../core/check-options.js";
import { readJson } from "../core/json-file.js";
import type { Answers } from "../report/checklists/checklist.js";
import { answerChecklists, checklistsVersion, type RunChecklists } from "../report/checklists/checklists.js";
import { checklistFiles, writeChecklists } from "../report/checklists/write-checklists.js";
import { readStudyFile } from "./study-file.js";
import { ledgerOfRun, readLedger } from "./test-ledger/ledger-file.js";

/** Where the author's answers are. */
export interface FillChecklistsOptions {
  /** The author's answers, a YAML file; without it those that were given before stay. */
  readonly study?: string | undefined;
  /** Where relative paths start; default the process's working folder. */
  readonly cwd?: string | undefined;
}

/** The answers, and where they were written. */
export interface FilledChecklists extends RunChecklists {
  /** Absolute paths. */
  readonly files: { readonly page: string; readonly json: string };
}

/** @throws AppError FILE_MISSING for a run without checklists; STUDY_FILE_INVALID; RUN_FILE_INVALID, FILE_UNWRITABLE */
export async function fillChecklists(run: string, options: FillChecklistsOptions = {}): Promise<FilledChecklists> {
  checkArgument("run", run, aPath);
  checkOptions("fillChecklists", options, { study: aPath, cwd: aPath });
  const { cwd = process.cwd(), study } = options;
  const folder = resolve(cwd, run);
  const before = await readJson(join(folder, checklistFiles.json), parseChecklists);
  const author = study === undefined ? before.answers.author : await readStudyFile(resolve(cwd, study));
  const software = { ...before.answers.software, ...(await externalTest(folder)) };
  const filled = answerChecklists(before.run, software, author);
  const page = await writeChecklists(folder, filled);
  return { ...filled, files: { page, json: join(folder, checklistFiles.json) } };
}

/** Readings of other labelled images, since the run's end. */
async function externalTest(folder: string): Promise<Answers> {
  const { entries } = await readLedger(ledgerOfRun(folder));
  const own = new Set(
    entries.flatMap((entry) => (entry.kind === "reading" && entry.by === "train" ? [entry.test.sha256] : [])),
  );
  const others = entries.filter((entry) => entry.kind === "reading" && !own.has(entry.test.sha256));
  const sets = new Map(others.map(({ test }) => [test.sha256, test.images]));
  if (sets.size === 0) return {};
  const list = [...sets].map(([sha256, images]) => `${images} images (sha256 ${sha256.slice(0, 12)})`);
  return {
    externalTest: `After the training the model was also measured on other labelled images than its test: ${list.join(", ")}. Whether they are of another origin, and the results, are the author's to state.`,
  };
}

function parseChecklists(value: unknown): RunChecklists {
  const { version, run, answers } = (value ?? {}) as Partial<RunChecklists>;
  const isAnswers = (found: unknown): boolean =>
    typeof found === "object" && found !== null && Object.values(found).every((text) => typeof text === "string");
  if (
    version === checklistsVersion &&
    typeof run?.name === "string" &&
    isAnswers(answers?.software) &&
    isAnswers(answers?.author)
  ) {
    return value as RunChecklists;
  }
  throw new TypeError(`it should have "version" ${checklistsVersion}, "run" and "answers"`);
}
