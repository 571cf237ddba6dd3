// CheXpert (Irvin and others, 2019, arXiv:1901.07031): a path for each image, findings by the CheXpert labeler.
import { labelRows } from "../label-rows.js";
import { findingColumns, labelOfFindings } from "./chexpert-findings.js";
import { factsOf, type PublishedDataset, type PublishedImage, sexOf, yearsOf } from "./published-dataset.js";

const columns = ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", ...findingColumns] as const;
const views = new Map([
  ["frontal", "frontal"],
  ["lateral", "lateral"],
]);

/** The radiologists' 200 studies are the test set, where they lie beside. */
const parts = [
  { role: "train", split: "train" },
  { role: "valid", split: "val" },
  { role: "test", split: "test" },
] as const;

export const chexpert: PublishedDataset = {
  name: "chexpert",
  title: "CheXpert (train.csv and valid.csv)",
  files: parts.map(({ role }) => ({
    role,
    name: new RegExp(`^(chexpert_)?${role}\\.csv(\\.gz)?$`, "i"),
    recognisedBy: columns,
  })),
  keyOfFile: lastFour,
  async *images(files) {
    for (const { role, split } of parts) {
      const file = files.get(role);
      if (file === undefined) continue;
      for await (const row of labelRows(file, columns)) yield imageOf(row, split);
    }
  },
};

function imageOf(row: PublishedImage["row"], split: "train" | "val" | "test"): PublishedImage {
  const key = lastFour(row.needed("Path"));
  const [, patient, study] = key.split("/");
  if (patient === undefined || study === undefined || !/^patient\d+$/.test(patient)) {
    throw row.invalid("Path", "a path such as train/patient00001/study1/view1_frontal.jpg", row.text("Path"));
  }
  const isLateral = row.meaning("Frontal/Lateral", views) === "lateral";
  return {
    key,
    label: labelOfFindings(row),
    isFrontal: !isLateral,
    patient: `chexpert-${patient}`,
    split,
    facts: factsOf({
      study: `${patient}/${study}`,
      // 0 stands for an age that is not known; 90 for all above.
      ageYears: yearsOf(row.text("Age")) || undefined,
      sex: sexOf(row.text("Sex")),
      view: isLateral ? "LATERAL" : row.text("AP/PA").toUpperCase(),
      source: "CheXpert",
    }),
    row,
  };
}

/** "train/patient00001/study1/view1_frontal.jpg", whatever the folder above is called in each edition. */
function lastFour(path: string): string {
  return path.split("/").slice(-4).join("/");
}
