// All dimensions of subgroups by name, in the order of tables. A new one is one entry: evaluations, metrics.json, the terminal,
// reports and model cards show it.
import { ageBandOf, ageBands } from "./age-bands.js";
import type { DimensionTable } from "./dimension.js";
import { findingOf, findings, seriesOf } from "./published-kinds.js";

export const dimensions = {
  age: { title: "Age in years", groupOf: ageBandOf, groups: ageBands, showsUnknown: true },
  sex: {
    title: "Sex",
    groupOf: ({ sex }) => sex,
    groups: { F: "Female", M: "Male", O: "Other" },
    showsUnknown: true,
  },
  view: { title: "View", groupOf: ({ view }) => view, showsUnknown: true },
  source: { title: "Source", groupOf: ({ source }) => source, showsUnknown: true },
  finding: { title: "Finding", groupOf: findingOf, groups: findings },
  series: { title: "Series of normal images", groupOf: seriesOf },
} as const satisfies DimensionTable;

export type DimensionName = keyof typeof dimensions;
