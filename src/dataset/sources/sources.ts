// All sources, in the order in which they are tried.
import { dicomSource } from "./dicom-folder.js";
import { manifestSource } from "./manifest-folder.js";
import { medmnistSource } from "./medmnist.js";
import { parquetSource } from "./parquet.js";
import { publishedSources } from "./published/published.js";
import type { DatasetSource } from "./source.js";
import { treeSource } from "./tree.js";

export const sources: readonly DatasetSource[] = [
  ...publishedSources,
  dicomSource,
  treeSource,
  medmnistSource,
  parquetSource,
  manifestSource,
];
