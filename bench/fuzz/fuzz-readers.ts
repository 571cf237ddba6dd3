// Everything that reads bytes by others, or bytes that others may have changed: each is one entry. A new reader is a new
// entry in one of the lists and nothing else.
import { flatPng } from "../../test/support/served-brightness.js";
import { httpSeeds, openHttpReader } from "./http-requests.js";
import { datasetReaders } from "./readers/datasets.js";
import { keptFileReaders } from "./readers/kept-files.js";
import { modelReaders } from "./readers/models.js";
import { operatorReaders } from "./readers/operators.js";
import { pictureReaders } from "./readers/pictures.js";
import type { FuzzReader } from "./readers/reader.js";
import { runFileReaders } from "./readers/run-files.js";
import { hostileRequest } from "./structured/http.js";

export type { FuzzReader, OpenReader } from "./readers/reader.js";

const images = await Promise.all([flatPng(90), flatPng(200, 64)]);

export const fuzzReaders: readonly FuzzReader[] = [
  ...pictureReaders,
  ...modelReaders,
  ...runFileReaders,
  ...keptFileReaders,
  ...datasetReaders,
  ...operatorReaders(),
  {
    name: "http",
    weight: 10,
    seeds: httpSeeds,
    structured: (random) => hostileRequest(random, images),
    open: openHttpReader,
  },
];
