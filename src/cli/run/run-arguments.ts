// What was asked of a training: args.json of its run folder, from which `--resume` continues and `evaluate` repeats.
import { AppError } from "../../core/errors.js";
import type { Protocol } from "../../model/zoo/zoo-entry.js";

export interface RunArguments {
  readonly version: 1;
  readonly model: string;
  readonly protocol: Protocol;
  /** Absolute path of the dataset's folder. */
  readonly data: string;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly seed: number;
  /** As `parseThresholdPolicy` reads it. */
  readonly threshold: string;
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly interpolation: "linear" | "area";
  readonly precision: "float32" | "bfloat16";
  readonly threads: number;
  readonly device: string;
}

const types: Readonly<Record<keyof RunArguments, "string" | "number">> = {
  version: "number",
  model: "string",
  protocol: "string",
  data: "string",
  epochs: "number",
  batch: "number",
  lr: "number",
  seed: "number",
  threshold: "string",
  imageSize: "number",
  interpolation: "string",
  precision: "string",
  threads: "number",
  device: "string",
};

/** For `readJson`. @throws AppError RUN_FILE_INVALID naming the field. */
export function parseRunArguments(value: unknown): RunArguments {
  const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  for (const [name, type] of Object.entries(types)) {
    if (typeof fields[name] === type) continue;
    throw new AppError("RUN_FILE_INVALID", `"${name}" should be a ${type}. Received ${JSON.stringify(fields[name])}.`);
  }
  if (fields.version !== 1) {
    throw new AppError(
      "RUN_FILE_INVALID",
      `"version" should be 1. Received ${fields.version}: written by another Pneumoscope.`,
    );
  }
  return fields as unknown as RunArguments;
}
