// What was asked of a training: args.json of its run folder, from which `--resume` continues and
// whose command line the report shows.
import { AppError } from "../../core/errors.js";
import { type ValidationPolicy, validationPolicies } from "../../dataset/split.js";
import { type Interpolation, interpolations } from "../../images/resize.js";
import type { Protocol } from "../../model/zoo/zoo-entry.js";
import { protocolNames } from "../../training/protocol.js";

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
  readonly validation: ValidationPolicy;
  /** As `parseThresholdPolicy` reads it. */
  readonly threshold: string;
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly interpolation: Interpolation;
  readonly precision: "float32" | "bfloat16";
  readonly threads: number;
  readonly device: string;
}

const isText = (value: unknown) => typeof value === "string" && value !== "";
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1;

/** What each field must be, in words and as a check. */
const rules: Readonly<Record<keyof RunArguments, readonly [rule: string, isKept: (value: unknown) => boolean]>> = {
  version: ["1 (another number was written by another Pneumoscope)", (value) => value === 1],
  model: ["a model's name", isText],
  protocol: [protocolNames.join(" or "), isOneOf(protocolNames)],
  data: ["a folder", isText],
  epochs: ["a whole number from 1", isCount],
  batch: ["a whole number from 1", isCount],
  lr: ["a number above 0", (value) => Number.isFinite(value) && Number(value) > 0],
  seed: ["a whole number from 0", (value) => value === 0 || isCount(value)],
  validation: [validationPolicies.join(", "), isOneOf(validationPolicies)],
  threshold: ["a threshold policy", isText],
  imageSize: ["a whole number from 1", isCount],
  interpolation: [interpolations.join(" or "), isOneOf(interpolations)],
  precision: ["float32 or bfloat16", isOneOf(["float32", "bfloat16"])],
  threads: ["a whole number from 1", isCount],
  device: ["a device's name", isText],
};

function isOneOf(choices: readonly string[]): (value: unknown) => boolean {
  return (value) => typeof value === "string" && choices.includes(value);
}

/** For `readJson`. @throws AppError RUN_FILE_INVALID naming the field. */
export function parseRunArguments(value: unknown): RunArguments {
  const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  for (const [name, [rule, isKept]] of Object.entries(rules)) {
    if (isKept(fields[name])) continue;
    const received = fields[name] === undefined ? "nothing" : JSON.stringify(fields[name]);
    throw new AppError("RUN_FILE_INVALID", `"${name}" should be ${rule}. Received ${received}`);
  }
  return fields as unknown as RunArguments;
}

/** The command line that repeats the training, ready for a POSIX shell. */
export function trainingCommand(args: RunArguments): string {
  const options: readonly (readonly [string, string | number])[] = [
    ["--model", args.model],
    ["--protocol", args.protocol],
    ["--epochs", args.epochs],
    ["--batch", args.batch],
    ["--lr", args.lr],
    ["--seed", args.seed],
    ["--validation", args.validation],
    ["--threshold", args.threshold],
    ["--image-size", args.imageSize],
    ["--interpolation", args.interpolation],
    ["--precision", args.precision],
    ["--threads", args.threads],
    ["--device", args.device],
    ["--data", args.data],
  ];
  return ["pneumoscope train", ...options.map(([name, value]) => `${name} ${quoted(String(value))}`)].join(" ");
}

function quoted(word: string): string {
  return /^[\w./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
