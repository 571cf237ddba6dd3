// VinDr-CXR (Nguyen and others, 2022, adults) and VinDr-PCXR (Pham and others, 2023, children): a row for each image and
// radiologist, a column for each diagnosis; the test sets have one row of consensus. Identifiers of patients are not
// published. VinBigData's challenge, made of VinDr-CXR, has boxes of findings only: which images are normal, not which show
// pneumonia.
import { type LabelRow, labelRows } from "../label-rows.js";
import { otherFindings, type PublishedDataset, type PublishedImage, stemOf } from "./published-dataset.js";

const yesOrNo = new Map([
  ["0", 0],
  ["0.0", 0],
  ["1", 1],
  ["1.0", 1],
]);
const parts = ["train", "test"] as const;

/** What the radiologists who read one image said of it. */
interface Votes {
  readonly row: LabelRow;
  readers: number;
  pneumonia: number;
  normal: number;
}

/** More than half decide; pneumonia that fewer see is an uncertain one. */
function labelOf({ readers, pneumonia, normal }: Votes): PublishedImage["label"] {
  if (2 * pneumonia > readers) return 1;
  if (pneumonia > 0) return "uncertain";
  return 2 * normal > readers ? 0 : otherFindings;
}

/** @param pneumonias the columns that mean it; the first that only this dataset has recognises it */
function vindr(
  about: Pick<PublishedDataset, "name" | "title">,
  pneumonias: readonly string[],
  own: string,
): PublishedDataset {
  const columns = ["image_id", ...pneumonias, "No finding"];
  return {
    ...about,
    files: parts.map((role) => ({
      role,
      name: new RegExp(`^image_labels_${role}\\.csv(\\.gz)?$`, "i"),
      recognisedBy: [...columns, own],
    })),
    keyOfFile: stemOf,
    isDicom: true,
    async *images(files) {
      for (const split of parts) {
        const file = files.get(split);
        if (file === undefined) continue;
        const images = new Map<string, Votes>();
        for await (const row of labelRows(file, columns)) {
          const votes = votesOn(images, row);
          votes.readers++;
          const says = pneumonias.map((column) => row.meaning(column, yesOrNo));
          votes.pneumonia += Math.max(...says);
          votes.normal += row.meaning("No finding", yesOrNo);
        }
        for (const [key, votes] of images) {
          const facts = { source: about.title.split(" ")[0] as string };
          yield { key, label: labelOf(votes), isFrontal: true, patient: null, split, facts, row: votes.row };
        }
      }
    },
  };
}

function votesOn(images: Map<string, Votes>, row: LabelRow): Votes {
  const key = row.needed("image_id");
  const before = images.get(key);
  if (before !== undefined) return before;
  const votes = { row, readers: 0, pneumonia: 0, normal: 0 };
  images.set(key, votes);
  return votes;
}

export const vindrCxr = vindr(
  { name: "vindr-cxr", title: "VinDr-CXR (image_labels_train.csv and image_labels_test.csv)" },
  ["Pneumonia"],
  "Aortic enlargement",
);

/** "Brocho-pneumonia" is the publisher's spelling. */
export const vindrPcxr = vindr(
  { name: "vindr-pcxr", title: "VinDr-PCXR (image_labels_train.csv and image_labels_test.csv)" },
  ["Pneumonia", "Brocho-pneumonia", "Pleuro-pneumonia"],
  "Bronchiolitis",
);

const boxColumns = ["image_id", "class_name", "rad_id"] as const;

export const vinbigdata: PublishedDataset = {
  name: "vinbigdata",
  title: "VinBigData's challenge (train.csv; normal images only)",
  files: [{ role: "labels", name: /^(vinbigdata-)?train\.csv(\.gz)?$/i, recognisedBy: boxColumns }],
  keyOfFile: stemOf,
  isDicom: true,
  async *images(files) {
    const images = new Map<string, Votes>();
    for await (const row of labelRows(files.get("labels") as string, boxColumns)) {
      const votes = votesOn(images, row);
      votes.readers++;
      if (row.needed("class_name") === "No finding") votes.normal++;
    }
    for (const [key, { row, readers, normal }] of images) {
      const label = readers === normal ? 0 : otherFindings;
      yield { key, label, isFrontal: true, patient: null, split: null, facts: { source: "VinDr-CXR" }, row };
    }
  },
};
