// MIMIC-CXR-JPG (Johnson and others, 2019, arXiv:1901.07042): labels for each study, images of studies in a second file,
// the recommended parts in a third.
import { dirname } from "node:path";
import { AppError } from "../../../core/errors.js";
import type { SplitName } from "../../sample.js";
import { labelRows } from "../label-rows.js";
import { findingColumns, labelOfFindings } from "./chexpert-findings.js";
import { factsOf, noLabel, type PublishedDataset, type PublishedImage, stemOf } from "./published-dataset.js";

const labelColumns = ["subject_id", "study_id", ...findingColumns] as const;
const imageColumns = ["dicom_id", "subject_id", "study_id", "ViewPosition"] as const;
const frontal = ["AP", "PA"];
const parts = new Map<string, SplitName>([
  ["train", "train"],
  ["validate", "val"],
  ["test", "test"],
]);

export const mimicCxr: PublishedDataset = {
  name: "mimic-cxr",
  title: "MIMIC-CXR-JPG (mimic-cxr-2.0.0-chexpert.csv, its metadata and split)",
  files: [
    { role: "labels", name: /^mimic-cxr-[\d.]+-chexpert\.csv(\.gz)?$/i, recognisedBy: labelColumns },
    { role: "metadata", name: /^mimic-cxr-[\d.]+-metadata\.csv(\.gz)?$/i },
    { role: "split", name: /^mimic-cxr-[\d.]+-split\.csv(\.gz)?$/i },
  ],
  keyOfFile: stemOf,
  async *images(files) {
    const labels = await labelsOf(files.get("labels") as string);
    const splits = await splitsOf(files.get("split"));
    for await (const row of labelRows(metadataOf(files), imageColumns)) {
      const key = row.needed("dicom_id");
      const [subject, study] = [row.needed("subject_id"), row.needed("study_id")];
      const view = row.text("ViewPosition").toUpperCase();
      yield {
        key,
        label: labels.get(`${subject}/${study}`) ?? noLabel,
        isFrontal: frontal.includes(view),
        patient: `mimic-${subject}`,
        split: splits.get(key) ?? null,
        // Dates are shifted by each patient's own span, and ages are in other files.
        facts: factsOf({ study, view, source: "MIMIC-CXR" }),
        row,
      };
    }
  },
};

function metadataOf(files: ReadonlyMap<string, string>): string {
  const file = files.get("metadata");
  if (file !== undefined) return file;
  throw new AppError("FILE_MISSING", {
    place: dirname(files.get("labels") as string),
    rule: "the labels name studies; mimic-cxr-2.0.0-metadata.csv says which images belong to them",
    received: "no such file beside them",
    remedy: "Fetch it from the same place",
  });
}

async function labelsOf(file: string): Promise<ReadonlyMap<string, PublishedImage["label"]>> {
  const labels = new Map<string, PublishedImage["label"]>();
  for await (const row of labelRows(file, labelColumns)) {
    labels.set(`${row.needed("subject_id")}/${row.needed("study_id")}`, labelOfFindings(row));
  }
  return labels;
}

async function splitsOf(file: string | undefined): Promise<ReadonlyMap<string, SplitName>> {
  const splits = new Map<string, SplitName>();
  if (file === undefined) return splits;
  for await (const row of labelRows(file, ["dicom_id", "split"])) {
    splits.set(row.needed("dicom_id"), row.meaning("split", parts));
  }
  return splits;
}
