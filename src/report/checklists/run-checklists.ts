// The checklists of a run as its end knows them: the software's answers alone.
import type { ReportInput } from "../report-input.js";
import { answerChecklists, type RunChecklists } from "./checklists.js";
import { softwareAnswers } from "./software-answers.js";

export function runChecklists(input: ReportInput): RunChecklists {
  const { run, model, dataset } = input;
  const { name, createdAt, version } = run;
  const title = `${model.title} on ${dataset.name}`;
  return answerChecklists({ name, title, createdAt, version }, softwareAnswers(input), {});
}
