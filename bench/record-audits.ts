// Writes finished audits as rows of bench/results/audit.csv:
//
//   node dist/bench/record-audits.js audits/mobilenet …
import { join } from "node:path";
import { readJson } from "../src/core/json-file.js";
import type { Audit } from "../src/evaluation/audit/judge-audit.js";
import type { Estimate } from "../src/evaluation/estimate.js";
import { appendResults, type Row } from "./results-file.js";

type SavedAudit = Audit & { readonly model: { readonly title: string; readonly sha256: string } };

function numbers(name: string, { value, interval }: Estimate): Row {
  const text = (number: number | null | undefined) => number?.toFixed(4) ?? "";
  return { [name]: text(value), [`${name}_low`]: text(interval?.low), [`${name}_high`]: text(interval?.high) };
}

const unknown: Estimate = { value: null, interval: null, n: 0 };

function rowsOf({ model, images, patients, variants, retest, findings, ...asTheyAre }: SavedAudit): Row[] {
  const common = { model: model.title, model_sha256: model.sha256.slice(0, 12), images, patients: patients ?? "" };
  const isFound = (title: string, text: string) => findings.some((one) => one.title === title && one.text === text);
  const row = (
    altered: string,
    amount: string,
    found: Partial<Record<"auc" | "aucFall" | "sensitivity" | "specificity" | "changedCalls" | "conflict", Estimate>>,
  ): Row => ({
    ...common,
    altered,
    amount,
    ...numbers("auc", found.auc ?? unknown),
    ...numbers("auc_lost", found.aucFall ?? unknown),
    ...numbers("sensitivity", found.sensitivity ?? unknown),
    ...numbers("specificity", found.specificity ?? unknown),
    ...numbers("calls_changed", found.changedCalls ?? unknown),
    ...numbers("auc_lost_one_class_marked", found.conflict ?? unknown),
    is_finding: isFound(altered, amount) ? "yes" : "",
  });
  const retakes = `${retest.retakes} takes`;
  return [
    row("as they are", "", asTheyAre),
    ...variants.map(({ title, text, conflict, ...found }) =>
      row(title, text, { ...found, ...(conflict !== null && { conflict: conflict.aucFall }) }),
    ),
    { ...row("another take", retakes, retest), ...common },
  ];
}

const rows: Row[] = [];
for (const folder of process.argv.slice(2)) {
  rows.push(...rowsOf(await readJson(join(folder, "audit.json"), (saved) => saved as SavedAudit)));
}
console.table(rows);
console.log(`appended to ${await appendResults("audit", rows)}`);
