// The product's errors in the command line's words: settings by their options, and what to type next.
import { type AppError, type ErrorCode, settingNames } from "../index.js";
import { flagOf } from "./setting-options.js";

/** What the command line adds to an error of that code. */
const hints: Partial<Readonly<Record<ErrorCode, string>>> = {
  TRAINING_INTERRUPTED: 'Go on with "pneumoscope train --resume <run folder>", or the same "pneumoscope compare".',
  WEIGHTS_NOT_FETCHED: 'Fetch them with "pneumoscope weights fetch <model>", give a file with --weights, or "none".',
  ENGINE_MISSING: 'Set it up with "npx pneumoscope setup"; "npx pneumoscope doctor" shows what is there.',
  MODEL_UNKNOWN: '"pneumoscope models" lists them all.',
};

/** The error's message with options for settings, and the hint for its code. */
export function messageFor(error: AppError): string {
  const hint = isOfInference(error) ? undefined : hints[error.code];
  const message = error.code === "OPTION_INVALID" ? withFlags(error) : error.message;
  return hint === undefined || message.includes(hint) ? message : `${message} ${hint}`;
}

/** Set-up builds the engine that trains; what uses a model is a package, and the message names it. */
const isOfInference = ({ code, facts }: AppError): boolean =>
  code === "ENGINE_MISSING" && facts?.place === "ONNX Runtime";

/** "fineTuneLr: of use with …" -> "--fine-tune-lr: of use with …"; other words stay, a file's name among them. */
function withFlags({ message, facts }: AppError): string {
  const places = facts?.place.split(", ") ?? [];
  if (facts === undefined || !places.every(isSetting)) return message;
  const isLong = (name: string) => isSetting(name) && /[A-Z]/.test(name);
  const rest = message
    .slice(facts.place.length)
    .replaceAll(/\b[a-z]+[A-Z]\w*\b/g, (word) => (isLong(word) ? flagOf(word) : word));
  return places.map(flagOf).join(", ") + rest;
}

const isSetting = (name: string): boolean => settingNames.some((setting) => setting === name);
