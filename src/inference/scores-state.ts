// What lies beside a file of scores: the model and settings that make it, and how far it has come, so that the same scoring goes on where
// it was stopped and another one does not.
import { join } from "node:path";
import { AppError } from "../core/errors.js";
import { readJson, writeJson } from "../core/json-file.js";
import { emptyTally, type ResultTally } from "./result-tally.js";

/** All that a file of scores depends on. */
export type ScoresMade = Readonly<Record<(typeof madeNames)[number], string | number>>;
const madeNames = ["model", "images", "from", "to", "threshold", "batchSize", "maxPixels", "format"] as const;

export interface ScoresState {
  readonly made: ScoresMade;
  /** Images whose rows are written. */
  readonly done: number;
  /** Of the file with these rows. */
  readonly bytes: number;
  readonly tally: ResultTally;
}

/** Before the first image. */
export const beginning = (made: ScoresMade): ScoresState => ({ made, done: 0, bytes: 0, tally: emptyTally });

export interface ScoresPlaces {
  readonly file: string;
  /** Holds the rows while they are written, and is kept. */
  readonly folder: string;
  readonly rows: string;
  readonly state: string;
}

/** @param file absolute */
export function scoresPlaces(file: string): ScoresPlaces {
  const folder = `${file}.state`;
  return { file, folder, rows: join(folder, "rows"), state: join(folder, "state.json") };
}

export async function writeScoresState({ state }: ScoresPlaces, value: ScoresState): Promise<void> {
  await writeJson(state, { version: 1, ...value });
}

/**
 * Where nothing has been written yet, the beginning.
 * @throws AppError RUN_SETTINGS_CHANGED where the file is made of something else; RUN_FILE_INVALID, FILE_UNREADABLE
 */
export async function readScoresState({ file, folder, state }: ScoresPlaces, made: ScoresMade): Promise<ScoresState> {
  const saved = await readJson(state, parseState).catch((thrown: unknown) => {
    if (thrown instanceof AppError && thrown.code === "FILE_MISSING") return undefined;
    throw thrown;
  });
  if (saved === undefined) return beginning(made);
  const differing = madeNames.filter((name) => saved.made[name] !== made[name]);
  if (differing.length === 0) return saved;
  const told = (value: unknown) => JSON.stringify(typeof value === "string" ? value.slice(0, 12) : value);
  throw new AppError("RUN_SETTINGS_CHANGED", {
    place: file,
    rule: "a file of scores is of one model, one list of images and one way to score them",
    received: differing.map((name) => `${name} ${told(saved.made[name])} then, ${told(made[name])} now`).join("; "),
    remedy: `Ask for the same as then, choose another file, or delete ${folder} and the file beside it`,
  });
}

function parseState(value: unknown): ScoresState {
  const { version, made, done, bytes, tally } = (value ?? {}) as Partial<ScoresState> & { version?: unknown };
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0;
  const hasMade = typeof made === "object" && made !== null;
  const hasTally =
    typeof tally === "object" &&
    tally !== null &&
    Object.keys(emptyTally).every((name) => isCount(tally[name as keyof ResultTally] ?? 0));
  if (version === 1 && hasMade && hasTally && isCount(done) && isCount(bytes)) {
    return { made, done: done as number, bytes: bytes as number, tally: { ...emptyTally, ...tally } };
  }
  throw new TypeError('it should have version 1, "made", "done", "bytes" and "tally"');
}
