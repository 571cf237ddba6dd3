// RSNA Pneumonia Detection Challenge (Shih and others, 2019): boxes of pneumonia, several rows for one image, and a second
// file that tells the normal images from those with other findings. "patientId" names an image: who is on it is not said.
import { labelRows } from "../label-rows.js";
import { otherFindings, type PublishedDataset, type PublishedImage, stemOf } from "./published-dataset.js";

const columns = ["patientId", "Target"] as const;
const targets = new Map([
  ["0", false],
  ["1", true],
]);
const classes = new Map<string, "normal" | "other" | "opacity">([
  ["normal", "normal"],
  ["no lung opacity / not normal", "other"],
  ["lung opacity", "opacity"],
]);
const unclassed = {
  leftOut: "no pneumonia, and stage_2_detailed_class_info.csv, which tells the normal ones, says nothing",
};

export const rsna: PublishedDataset = {
  name: "rsna",
  title: "RSNA Pneumonia (stage_2_train_labels.csv and stage_2_detailed_class_info.csv)",
  files: [
    { role: "labels", name: /^stage_2_train_labels\.csv(\.gz)?$/i, recognisedBy: columns },
    { role: "classes", name: /^stage_2_detailed_class_info\.csv(\.gz)?$/i },
  ],
  keyOfFile: stemOf,
  isDicom: true,
  async *images(files) {
    const classOf = await classesOf(files.get("classes"));
    const found = new Map<string, { readonly hasPneumonia: boolean; readonly row: PublishedImage["row"] }>();
    for await (const row of labelRows(files.get("labels") as string, columns)) {
      const key = row.needed("patientId");
      const hasPneumonia = row.meaning("Target", targets);
      const before = found.get(key);
      if (before === undefined) found.set(key, { hasPneumonia, row });
      else if (before.hasPneumonia !== hasPneumonia) {
        throw row.invalid(
          "Target",
          `all rows of an image say the same; line ${before.row.line} says otherwise`,
          row.text("Target"),
        );
      }
    }
    for (const [key, { hasPneumonia, row }] of found) {
      const kind = classOf.get(key);
      const label = hasPneumonia ? 1 : kind === "normal" ? 0 : kind === undefined ? unclassed : otherFindings;
      yield { key, label, isFrontal: true, patient: null, split: null, facts: { source: "RSNA" }, row };
    }
  },
};

async function classesOf(file: string | undefined): Promise<ReadonlyMap<string, "normal" | "other" | "opacity">> {
  const classOf = new Map<string, "normal" | "other" | "opacity">();
  if (file === undefined) return classOf;
  for await (const row of labelRows(file, ["patientId", "class"])) {
    classOf.set(row.needed("patientId"), row.meaning("class", classes));
  }
  return classOf;
}
