// What the tasks of a comparison must agree on, each perhaps on a machine of its own: the list of trainings (plan.json) and the images
// (images.json). The first one writes it down, the others compare.
import { basename, join, relative } from "node:path";
import { createOnce } from "../../core/create-once.js";
import { AppError } from "../../core/errors.js";
import { readJson, writeJson } from "../../core/json-file.js";
import { type PlainSettings, plainSettings, trainingSettings } from "../settings.js";
import { imagesFile, planFile } from "./open-comparison.js";
import type { PlannedRun } from "./plan.js";
import { differencesText } from "./unchanged.js";

interface SavedTask {
  /** The run folder's name. */
  readonly run: string;
  readonly settings: Partial<PlainSettings>;
}

interface SavedPlan {
  readonly version: 1;
  readonly tasks: readonly SavedTask[];
}

/** Replaces a plan that is there. @throws AppError FILE_UNWRITABLE */
export async function writePlan(folder: string, planned: readonly PlannedRun[]): Promise<void> {
  await writeJson(join(folder, planFile), planOf(planned));
}

/** @throws AppError RUN_SETTINGS_CHANGED where the folder has another plan; RUN_FILE_INVALID, FILE_UNWRITABLE */
export async function agreeOnPlan(folder: string, planned: readonly PlannedRun[], cwd: string): Promise<void> {
  const path = join(folder, planFile);
  if (await createOnce(path, `${JSON.stringify(planOf(planned), null, 2)}\n`)) return;
  const { tasks } = await readJson(path, parsePlan);
  const difference = differenceOf(tasks, planned);
  if (difference === undefined) return;
  throw new AppError("RUN_SETTINGS_CHANGED", {
    place: relative(cwd, path),
    rule: "all tasks of a comparison follow one plan",
    received: difference,
    remedy: "Ask for the same as then, start another comparison, or plan this one anew when none of its tasks is left",
  });
}

/** @throws AppError DATASET_CHANGED where a task of this comparison saw other images; RUN_FILE_INVALID, FILE_UNWRITABLE */
export async function agreeOnImages(
  folder: string,
  sha256: string,
  { data }: { readonly data: string },
): Promise<void> {
  const path = join(folder, imagesFile);
  if (await createOnce(path, `${JSON.stringify({ version: 1, sha256 }, null, 2)}\n`)) return;
  const seen = await readJson(path, parseImages);
  if (seen.sha256 === sha256) return;
  throw new AppError("DATASET_CHANGED", {
    place: data,
    rule: "all runs of a comparison see the same images",
    received: "other files than the first of its tasks read, on another machine or before they were changed",
    remedy: `Restore them; or, if these are the right ones, delete ${imagesFile} and the run folders made with the others`,
  });
}

function planOf(planned: readonly PlannedRun[]): SavedPlan {
  const tasks = planned.map(({ folder, settings }) => {
    const plain = plainSettings(settings);
    return { run: basename(folder), settings: Object.fromEntries(trainingSettings.map((name) => [name, plain[name]])) };
  });
  return { version: 1, tasks };
}

/** In words; undefined where there is none. */
function differenceOf(then: readonly SavedTask[], now: readonly PlannedRun[]): string | undefined {
  if (then.length !== now.length) return `one of ${then.length} trainings then, ${now.length} now`;
  for (const [i, { folder, settings }] of now.entries()) {
    const task = then[i] as SavedTask;
    if (task.run !== basename(folder)) return `task ${i + 1} was ${task.run} then, is ${basename(folder)} now`;
    const differences = differencesText(task.settings, plainSettings(settings));
    if (differences !== "") return `other settings of ${task.run}: ${differences}`;
  }
  return undefined;
}

function parsePlan(value: unknown): SavedPlan {
  const plan = value as Partial<SavedPlan> | null;
  const isTask = (task: unknown) => {
    const { run, settings } = (task ?? {}) as Partial<SavedTask>;
    return typeof run === "string" && typeof settings === "object" && settings !== null;
  };
  if (plan?.version === 1 && Array.isArray(plan.tasks) && plan.tasks.every(isTask)) return plan as SavedPlan;
  throw new TypeError('it should have version 1 and "tasks", each with its "run" and "settings"');
}

function parseImages(value: unknown): { readonly sha256: string } {
  const { version, sha256 } = (value ?? {}) as { version?: unknown; sha256?: unknown };
  if (version === 1 && typeof sha256 === "string") return { sha256 };
  throw new TypeError('it should have version 1 and "sha256"');
}
