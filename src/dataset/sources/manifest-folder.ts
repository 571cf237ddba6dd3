// A folder with a manifest.csv and the images that it lists: what somebody sends who has written one.
import { join, posix, relative, sep } from "node:path";
import { exists } from "../../core/exists.js";
import { readManifest } from "../manifest/read-manifest.js";
import { openManifest } from "../open-manifest.js";
import type { DatasetSource } from "./source.js";

const manifestName = "manifest.csv";

export const manifestSource: DatasetSource = {
  name: "manifest",
  title: `a folder with ${manifestName}`,
  recognises: (place) => exists(join(place, manifestName)),
  async *read(place, { root }) {
    const file = join(place, manifestName);
    await openManifest(file, "train"); // where its images are looked for
    const prefix = relative(root, place).split(sep).join(posix.sep);
    for await (const row of readManifest(file)) {
      yield { kind: "image", row: { ...row, path: posix.join(prefix, row.path) } };
    }
  },
};
