// The models that a name on the command line stands for: one, or a group of the registry.
import { findModel, models } from "../index.js";

/** For help texts, behind the names of single models. */
export const groupsHelp = '"study" for the study\'s six, "all" for every one';

/** @throws AppError MODEL_UNKNOWN */
export function modelsNamed(name: string): readonly ReturnType<typeof findModel>[] {
  switch (name.toLowerCase()) {
    case "all":
      return models;
    case "study":
      return models.filter(({ study }) => study !== null);
    default:
      return [findModel(name)];
  }
}
