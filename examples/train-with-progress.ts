// Trains a model and shows each epoch as it ends. Ctrl-C stops after the current step; the same command goes on from the
// last finished epoch. Needs the training engine (docs/install.md).
//
//   npx tsx examples/train-with-progress.ts path/to/chest_xray runs/mine
import { existsSync } from "node:fs";
import { AppError, formatEvaluation, type RunEvent, resumeRun, type TrainSettings, train } from "pneumoscope";

const [data, folder, settings = "{}"] = process.argv.slice(2);
if (data === undefined || folder === undefined) throw new Error("usage: train-with-progress.ts <data> <folder>");

const asked: TrainSettings = { model: "custom", epochs: 12, ...JSON.parse(settings), data };
const stopped = new AbortController();
process.once("SIGINT", () => stopped.abort());

const onEvent = (event: RunEvent): void => {
  if (event.type === "data") console.log(`${event.training} images train, ${event.validation} validate`);
  if (event.type !== "epoch end") return;
  const { epoch, loss, validationAuc, seconds } = event.row;
  const auc = validationAuc === null ? "–" : validationAuc.toFixed(3);
  console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, validation AUC ${auc}, ${seconds.toFixed(0)} s`);
};

try {
  const options = { onEvent, signal: stopped.signal };
  const run = existsSync(folder) ? await resumeRun(folder, options) : await train(asked, { ...options, folder });
  console.log(formatEvaluation(run.evaluation.test));
  console.log(run.files.report);
} catch (error) {
  if (!(error instanceof AppError) || error.code !== "TRAINING_INTERRUPTED") throw error;
  console.log(error.message);
  process.exitCode = 130;
}
