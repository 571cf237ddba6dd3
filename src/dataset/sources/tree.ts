// A folder {train,val,test}/{NORMAL,PNEUMONIA}: the published dataset, phantoms, or one's own images arranged so.

import { stat } from "node:fs/promises";
import { posix, relative, sep } from "node:path";
import { AppError } from "../../core/errors.js";
import { openDataset } from "../open-dataset.js";
import type { DatasetSource } from "./source.js";

export const treeSource: DatasetSource = {
  name: "folders",
  title: "folders train, val and test with NORMAL and PNEUMONIA",
  async recognises(place) {
    if (!(await stat(place)).isDirectory()) return false;
    return openDataset(place).then(
      () => true,
      (thrown: unknown) => {
        if (thrown instanceof AppError && thrown.code !== "FILE_UNREADABLE") return thrown.code === "DATASET_ONE_CLASS"; // which reading tells
        throw thrown;
      },
    );
  },
  async *read(place, { root }) {
    const { samples, skipped } = await openDataset(place);
    for (const { path, label, patient, split, facts = {} } of samples) {
      const below = relative(root, path).split(sep).join(posix.sep);
      yield { kind: "image", row: { path: below, label, patient, split, facts } };
    }
    for (const { name, reason } of skipped) yield { kind: "left out", name, reason };
  },
};
