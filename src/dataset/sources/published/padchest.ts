// PadChest (Bustos and others, Medical Image Analysis 2020): labels as a Python list in one cell.
import { type LabelRow, labelRows } from "../label-rows.js";
import {
  factsOf,
  nameOf,
  noLabel,
  otherFindings,
  type PublishedDataset,
  type PublishedImage,
  sexOf,
} from "./published-dataset.js";

const columns = ["ImageID", "PatientID", "Projection", "Labels"] as const;
const frontal = ["PA", "AP", "AP_HORIZONTAL"];

export const padchest: PublishedDataset = {
  name: "padchest",
  title: "PadChest (PADCHEST_chest_x_ray_images_labels_160K.csv)",
  files: [{ role: "labels", name: /^PADCHEST_chest_x_ray_images_labels.*\.csv(\.gz)?$/i, recognisedBy: columns }],
  keyOfFile: nameOf,
  async *images(files) {
    for await (const row of labelRows(files.get("labels") as string, columns)) {
      const view = row.text("Projection").toUpperCase();
      const patient = row.text("PatientID");
      yield {
        key: row.needed("ImageID"),
        label: labelOf(row),
        isFrontal: frontal.includes(view),
        patient: patient === "" ? null : `padchest-${patient}`,
        split: null,
        facts: factsOf({
          study: row.text("StudyID"),
          ageYears: ageOf(row),
          sex: sexOf(row.text("PatientSex_DICOM")),
          view,
          acquired: dateOf(row.text("StudyDate_DICOM")),
          source: "PadChest",
        }),
        row,
      };
    }
  },
};

/** Any kind of pneumonia; "normal" only where nothing else is said. */
function labelOf(row: LabelRow): PublishedImage["label"] {
  const text = row.text("Labels");
  if (text === "" || text === "nan") return noLabel;
  if (!/^\[('[^']*'(, ?)?)*\]$/.test(text))
    throw row.invalid("Labels", "should be a list such as ['normal']", text.slice(0, 80));
  const labels = [...text.matchAll(/'([^']*)'/g)].map(([, label = ""]) => label.trim()).filter((label) => label !== "");
  if (labels.some((label) => label.includes("pneumonia"))) return 1;
  if (labels.length === 0) return noLabel;
  return labels.every((label) => label === "normal") ? 0 : otherFindings;
}

/** By years alone, for more is not published. */
function ageOf(row: LabelRow): number | undefined {
  const years = Number(row.text("StudyDate_DICOM").slice(0, 4)) - Number(row.text("PatientBirth") || Number.NaN);
  return years >= 0 && years <= 130 ? years : undefined;
}

function dateOf(text: string): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}
