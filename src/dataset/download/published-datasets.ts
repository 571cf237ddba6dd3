// Datasets that can be fetched by name: where their archives lie, what those must be and hold, and on what terms. Only data
// that anybody may download stand here.
import type { FileChecksum } from "../../core/download/file-checksum.js";
import type { DatasetKind } from "../known-dataset.js";

/** Who a dataset's archive is fetched from. */
export type DatasetOrigin = "publisher" | "kaggle";

/**
 * Whom an archive can be fetched from.
 *
 * @example
 * console.log(datasetOrigins.join(", ")); // publisher, kaggle
 */
export const datasetOrigins: readonly DatasetOrigin[] = ["publisher", "kaggle"];

/** One archive of a dataset. */
export interface DatasetArchive {
  /** For people: "Mendeley Data". */
  readonly title: string;
  readonly url: string;
  /** Its name in the cache. */
  readonly fileName: string;
  /** Null where nobody states one: then the first fetch's counts. */
  readonly checksum: FileChecksum | null;
  /** About how large it is, for people and against endless answers. */
  readonly bytes: number;
  /** A member's path in the dataset's folder; null leaves it out. */
  readonly pathOf: (member: string) => string | null;
}

/** A dataset by its name. */
export interface PublishedDataset {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly citation: string;
  readonly page: string;
  readonly archives: Readonly<Record<DatasetOrigin, DatasetArchive>>;
  /** What its folder must hold once it is unpacked, whatever the archive's checksum says. */
  readonly images: number;
  readonly kind: DatasetKind;
}

/** `chest_xray/train/NORMAL/x.jpeg` without its first folder. Kaggle's has the whole tree once more inside, which is left out. */
const chestXrayPath = (member: string): string | null =>
  /^(?:[^/]+\/)?((?:train|val|test)\/(?:NORMAL|PNEUMONIA)\/[^/]+\.jpe?g)$/i.exec(member)?.[1] ?? null;

/**
 * The datasets that can be fetched by name.
 *
 * @example
 * for (const { name, title, licence } of publishedDatasets) console.log(name, title, licence);
 */
export const publishedDatasets: readonly PublishedDataset[] = [
  {
    name: "kermany",
    title: "Chest X-Ray Images (Pneumonia), version 2",
    licence: "CC BY 4.0",
    citation:
      "Kermany, Zhang, Goldbaum: Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification. Mendeley Data, V2, 2018. doi:10.17632/rscbjbr9sj.2",
    page: "https://data.mendeley.com/datasets/rscbjbr9sj/2",
    archives: {
      publisher: {
        title: "Mendeley Data",
        url: "https://data.mendeley.com/public-files/datasets/rscbjbr9sj/files/f12eaf6d-6023-432f-acc9-80c9d7393433/file_downloaded",
        fileName: "ChestXRay2017.zip",
        checksum: {
          algorithm: "sha256",
          hex: "13efc055629733dbab07877f8b3c9f81097840dbcdaa326a8542322c2281ce36",
          statedBy: "as three who fetched it independently published",
        },
        bytes: 1_235_512_464,
        pathOf: chestXrayPath,
      },
      kaggle: {
        title: "Kaggle, paultimothymooney/chest-xray-pneumonia",
        url: "https://www.kaggle.com/api/v1/datasets/download/paultimothymooney/chest-xray-pneumonia",
        fileName: "chest-xray-pneumonia.zip",
        checksum: null,
        bytes: 2_463_365_435,
        pathOf: chestXrayPath,
      },
    },
    images: 5856,
    kind: "chest-xray-pneumonia",
  },
];
