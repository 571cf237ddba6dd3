// In which scores a run answers "unsure".
import type { UnsureBand } from "../core/unsure-band.js";
import type { Prediction } from "../evaluation/prediction.js";
import { conformalBand } from "../evaluation/unsure/conformal-band.js";
import type { RunSettings } from "./settings.js";

/** Undefined where that was not asked for. @throws AppError EVALUATION_INPUT */
export const bandOf = (
  { unsure: coverage }: Pick<RunSettings, "unsure">,
  validation: readonly Prediction[],
): UnsureBand | undefined =>
  coverage === null ? undefined : conformalBand(validation, { coverage, setOn: "validation", isLocal: false });
