// metrics.json: the Evaluation of a run, for people who diff it and programs that read it.
import { writeFileAtomically } from "../core/atomic-file.js";
import type { Evaluation } from "./evaluation.js";

/** Rises when a field changes its meaning or goes away. */
export const metricsVersion = 2;

/** Undefined numbers are null; a line per curve point. @throws AppError FILE_UNWRITABLE */
export async function writeMetrics(path: string, evaluation: Evaluation): Promise<void> {
  await writeFileAtomically(path, formatMetrics(evaluation));
}

export function formatMetrics(evaluation: Evaluation): string {
  return `${layOut({ version: metricsVersion, ...evaluation }, "")}\n`;
}

/** JSON with flat objects and lists of numbers on one line each. */
function layOut(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  const isFlat = entries.every(([, inner]) => typeof inner !== "object" || inner === null);
  if (entries.length === 0 || (isFlat && indent !== "")) return oneLine(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const lines = entries.map(
    ([key, item]) => `${inner}${isList ? "" : `${JSON.stringify(key)}: `}${layOut(item, inner)}`,
  );
  return `${isList ? "[" : "{"}\n${lines.join(",\n")}\n${indent}${isList ? "]" : "}"}`;
}

function oneLine(value: object): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
  const cells = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`);
  return cells.length === 0 ? "{}" : `{ ${cells.join(", ")} }`;
}
