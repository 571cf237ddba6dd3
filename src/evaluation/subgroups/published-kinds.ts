// Bacterial and viral pneumonia, and the series that normal images come from: told by the dataset, or by the patient keys of the
// published data (bacteria:23, virus:7, IM:115, NORMAL2-IM:383, NORMAL:1003233).
import type { Prediction } from "../prediction.js";

/** Findings in words, by the names that metrics.json has. Others are taken as a dataset spells them, in small letters. */
export const findings = { bacterial: "Bacterial pneumonia", viral: "Viral pneumonia" } as const;

const spellings: ReadonlyMap<string, string> = new Map([
  ["bacteria", "bacterial"],
  ["virus", "viral"],
]);

const series: readonly string[] = ["IM", "NORMAL2-IM", "NORMAL"];

export function findingOf({ finding, patient }: Prediction): string | undefined {
  const name = finding?.toLowerCase();
  return name === undefined ? spellings.get(publishedKind(patient)) : (spellings.get(name) ?? name);
}

export function seriesOf({ patient }: Prediction): string | undefined {
  const kind = publishedKind(patient);
  return series.includes(kind) ? kind : undefined;
}

const publishedKind = (patient: string | null): string => /^([A-Z][A-Z\d-]*):\d+$/i.exec(patient ?? "")?.[1] ?? "";
