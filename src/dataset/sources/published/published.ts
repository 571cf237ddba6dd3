// The published datasets, in the order in which they are tried.
import type { DatasetSource } from "../source.js";
import { chexpert } from "./chexpert.js";
import { mimicCxr } from "./mimic-cxr.js";
import { nih } from "./nih.js";
import { padchest } from "./padchest.js";
import type { PublishedDataset } from "./published-dataset.js";
import { publishedSource } from "./published-source.js";
import { rsna } from "./rsna.js";
import { vinbigdata, vindrCxr, vindrPcxr } from "./vindr.js";

export const publishedDatasets: readonly PublishedDataset[] = [
  nih,
  rsna,
  chexpert,
  mimicCxr,
  padchest,
  vindrCxr,
  vindrPcxr,
  vinbigdata,
];

export const publishedSources: readonly DatasetSource[] = publishedDatasets.map(publishedSource);
