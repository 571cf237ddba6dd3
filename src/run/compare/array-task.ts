// Which task of an array job a process is: what the schedulers tell each of the processes that they start.
import { AppError } from "../../core/errors.js";

/** What numbers the tasks of an array job, and its first number: ours begin at 1, as Slurm's `--array=1-6`. */
const arrayVariables = [
  { name: "SLURM_ARRAY_TASK_ID", first: 1 },
  { name: "JOB_COMPLETION_INDEX", first: 0 }, // a Kubernetes Job with completionMode: Indexed
] as const;

/**
 * The number, from 1, of the task that this process is, by what Slurm's array jobs (`SLURM_ARRAY_TASK_ID`, from `--array=1-6`) and
 * Kubernetes' Indexed Jobs (`JOB_COMPLETION_INDEX`) set.
 * @param env such as `process.env`
 *
 * @example
 * console.log(arrayTask({ JOB_COMPLETION_INDEX: "0" })); // 1
 *
 * @throws AppError OPTION_INVALID where neither is set
 */
export function arrayTask(env: Readonly<Record<string, string | undefined>>): number {
  const variable = arrayVariables.find(({ name }) => env[name] !== undefined);
  const text = variable === undefined ? undefined : env[variable.name];
  const number = Number(text);
  if (variable !== undefined && text?.trim() !== "" && Number.isSafeInteger(number)) return number - variable.first + 1;
  throw new AppError("OPTION_INVALID", {
    place: variable?.name ?? "task",
    rule: `an array job numbers its tasks in ${arrayVariables.map(({ name }) => name).join(" or ")}`,
    received: text === undefined ? "neither" : JSON.stringify(text),
    remedy: "Start it in such a job, or give the task's number",
  });
}
