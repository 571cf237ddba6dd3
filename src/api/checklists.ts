// Reporting checklists of a finished run, for the public entry. What fills them loads when it is first used.
import type { FillChecklistsOptions, FilledChecklists } from "../run/fill-checklists.js";

/**
 * Fills the reporting checklists of a finished run (CLAIM 2024, TRIPOD+AI, STARD-AI) with the author's answers, and writes `checklists.html` and
 * `checklists.json` into its folder anew. What the software knows of the run was answered at its end.
 * @param run a finished run's folder, relative to `options.cwd`
 *
 * @example
 * const { checklists } = await fillChecklists("runs/mine", { study: "study.yaml" });
 * for (const { title, counts } of checklists) console.log(title, counts.answered, counts.items);
 *
 * @throws AppError FILE_MISSING for a run without checklists; STUDY_FILE_INVALID naming the topic or the line; RUN_FILE_INVALID, FILE_UNWRITABLE
 */
export async function fillChecklists(run: string, options?: FillChecklistsOptions): Promise<FilledChecklists> {
  return (await import("../run/fill-checklists.js")).fillChecklists(run, options);
}
