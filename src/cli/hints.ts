// The product's errors in the command line's words: settings by their options, and what to type next.
import { basename, dirname } from "node:path";
import type { AppError, ErrorCode } from "../index.js";
import { flagOf, inFlags, isSetting } from "./setting-options.js";

/** What the command line adds to an error of that code. */
const hints: Partial<Readonly<Record<ErrorCode, string | ((error: AppError) => string | undefined)>>> = {
  DATASET_LAYOUT: ({ rule }) =>
    rule.startsWith("expected ") ? 'Of datasets in other forms "pneumoscope data import" makes a manifest.' : undefined,
  ENGINE_MISSING: ({ place }) =>
    place === "training engine"
      ? 'Run "npx pneumoscope setup"; "npx pneumoscope doctor" shows what is there.'
      : undefined,
  MODEL_UNKNOWN: '"pneumoscope models" lists them all.',
  RUN_FOLDER_TAKEN: 'The option is --out; of a run, "pneumoscope train --resume <folder>" goes on.',
  RUN_SETTINGS_CHANGED: "--out starts another comparison.",
  SERVER_ADDRESS_TAKEN: "The option is --port.",
  SERVER_UNLOCKED: "The options are --token-file and --no-authentication.",
  TRAINING_DIVERGED: "The options are --lr and, for fine-tuning, --fine-tune-lr.",
  // The cache has a folder for each model.
  WEIGHTS_DAMAGED: ({ place }) =>
    place.includes("://") ? undefined : `Type "pneumoscope weights fetch ${modelOf(place)}", or --weights <file>.`,
  WEIGHTS_NOT_FETCHED: ({ place }) =>
    `Type "pneumoscope weights fetch ${modelOf(place)}", or --weights <file> or none.`,
};

const modelOf = (cachedFile: string): string => basename(dirname(cachedFile));

/** The error's message with options for settings, and the hint for its code. */
export function messageFor(error: AppError): string {
  const hint = hints[error.code];
  const added = typeof hint === "function" ? hint(error) : hint;
  const message = error.code === "OPTION_INVALID" ? withFlags(error) : error.message;
  return added === undefined ? message : `${message} ${added}`;
}

const isServerOption = (name: string): boolean => name === "maxFiles" || name === "maxQueue";

/** "fineTuneLr: of use with …" -> "--fine-tune-lr: of use with …"; other words stay, a file's name among them. */
function withFlags({ message, place }: AppError): string {
  const places = place.split(", ");
  if (!places.every((name) => isSetting(name) || isServerOption(name))) return message;
  return places.map(flagOf).join(", ") + inFlags(message.slice(place.length));
}
