// NIH ChestX-ray14 (Wang and others, CVPR 2017): findings mined from reports, several in one cell with "|" between them.
import type { SplitName } from "../../sample.js";
import { labelRows } from "../label-rows.js";
import { linesOf } from "./lines-of.js";
import { factsOf, nameOf, otherFindings, type PublishedDataset, sexOf, yearsOf } from "./published-dataset.js";

const columns = ["Image Index", "Finding Labels", "Patient ID"] as const;

export const nih: PublishedDataset = {
  name: "nih",
  title: "NIH ChestX-ray14 (Data_Entry_2017.csv)",
  files: [
    { role: "labels", name: /^Data_Entry_2017.*\.csv(\.gz)?$/i, recognisedBy: columns },
    { role: "train", name: /^train_val_list.*\.txt$/i },
    { role: "test", name: /^test_list.*\.txt$/i },
  ],
  keyOfFile: nameOf,
  async *images(files) {
    const splits = new Map<string, SplitName>();
    for (const split of ["train", "test"] as const) {
      for (const name of await linesOf(files.get(split))) splits.set(name, split);
    }
    for await (const row of labelRows(files.get("labels") as string, columns)) {
      const key = row.needed("Image Index");
      const findings = row.needed("Finding Labels").split("|");
      yield {
        key,
        label: findings.includes("Pneumonia") ? 1 : findings.join() === "No Finding" ? 0 : otherFindings,
        isFrontal: true,
        patient: `nih-${row.needed("Patient ID")}`,
        split: splits.get(key) ?? null,
        facts: factsOf({
          ageYears: yearsOf(row.text("Patient Age")),
          sex: sexOf(row.text("Patient Gender") || row.text("Patient Sex")),
          view: row.text("View Position"),
          source: "NIH",
        }),
        row,
      };
    }
  },
};
