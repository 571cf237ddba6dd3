// All sources, in the order in which they are tried.
import { medmnistSource } from "./medmnist.js";
import { parquetSource } from "./parquet.js";
import type { DatasetSource } from "./source.js";
import { treeSource } from "./tree.js";

export const sources: readonly DatasetSource[] = [treeSource, medmnistSource, parquetSource];
