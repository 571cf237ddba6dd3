// What a model's one output means. Our own files say so in their reading contract; of files by Keras it is assumed, and
// the user is told what is assumed and how to say otherwise.
import { AppError } from "../core/errors.js";
import type { ModelReader } from "./open-model.js";

/** Which class the model's output is the probability of. */
export const scoreMeanings = ["pneumonia", "normal"] as const;
export type ScoreMeaning = (typeof scoreMeanings)[number];

type ContractBearer = Pick<ModelReader, "file" | "hasContract">;

/**
 * The meaning to read the model with; P(pneumonia) unless asked otherwise.
 * @throws AppError OPTION_INVALID where the file itself says what its output means and that is something else
 */
export function scoreMeaning(model: ContractBearer, asked: ScoreMeaning | undefined): ScoreMeaning {
  if (model.hasContract) {
    if (asked !== "normal") return "pneumonia";
    throw new AppError(
      "OPTION_INVALID",
      `--scores: ${model.file} says itself that its score is P(pneumonia). Received "normal". Leave the option out.`,
    );
  }
  return asked ?? "pneumonia";
}

/** P(pneumonia), 0..1, from what the model gave. */
export function toScore(output: number, meaning: ScoreMeaning): number {
  return meaning === "pneumonia" ? output : 1 - output;
}

/** What is assumed of a file without a contract, as one note; undefined where nothing is. */
export function assumptionNote(model: ContractBearer, meaning: ScoreMeaning): string | undefined {
  if (model.hasContract) return undefined;
  const hint =
    meaning === "pneumonia"
      ? ' If it is P(normal), as in the study, give "--scores normal".'
      : " Scores shown are 1 - output.";
  return (
    `${model.file}: does not say how it wants to be read. Assumed: grey values scaled 0 to 1, ` +
    `sigmoid = P(${meaning}), threshold 0.5.${hint}`
  );
}
