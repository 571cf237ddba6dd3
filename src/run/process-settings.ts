// The settings of a training by several processes: rows of the settings table.
import { type GradientExchange, gradientExchanges } from "../training/data-parallel/gradient-exchange.js";
import { oneOf, wholeNumber } from "./setting-kinds.js";
import type { Setting } from "./settings.js";

export const batchNormalizings = ["local", "synchronised"] as const;
/** Whether batch normalization takes mean and variance from the images of its own process or from those of all. */
export type BatchNormalizing = (typeof batchNormalizings)[number];

/** What only matters where several processes train together. */
export interface ProcessSettings {
  /** Of the layers that learn, where several processes train together. */
  readonly batchNorm: BatchNormalizing;
  /** In which precision processes exchange gradients. */
  readonly gradientExchange: GradientExchange;
  /** Seconds without an answer after which a process counts as lost. */
  readonly processTimeout: number;
}

const ofProcesses = { concern: "training", perModel: false, group: "Several processes", since: "0.3.0" } as const;

export const processSettingTable: { readonly [Name in keyof ProcessSettings]: Setting<ProcessSettings[Name]> } = {
  batchNorm: {
    ...ofProcesses,
    kind: oneOf(batchNormalizings),
    help: "mean and variance of batch normalization: local, of the images of each process, or synchronised, of all",
    argument: "<kind>",
    usual: { value: "local" },
    before: "local",
  },
  gradientExchange: {
    ...ofProcesses,
    kind: oneOf(gradientExchanges),
    help: "how gradients travel between processes: float32, or bfloat16 for half the bytes",
    argument: "<precision>",
    usual: { value: "float32" },
    before: "float32",
  },
  processTimeout: {
    ...ofProcesses,
    kind: wholeNumber({ min: 5, max: 86_400 }),
    help: "seconds without an answer after which a process counts as lost, and the others end",
    argument: "<seconds>",
    usual: { value: 300 },
    concern: "place and machine",
    before: 300,
  },
};
