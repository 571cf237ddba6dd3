// Published datasets as the public entry shows them: which there are, and fetching one, whose code loads when it is first used.
import type { DownloadDatasetOptions, DownloadedDataset } from "./download-dataset.js";

export { datasetOrigins, publishedDatasets } from "./published-datasets.js";

/**
 * Downloads a published dataset into a new folder, verified; goes on where it stopped. Its archive is kept in the user's cache.
 * @param name "kermany": the chest radiographs of the study, 5,856 images, 1.2 GB
 * @param options `from` is the publisher, or Kaggle with the key that Kaggle's own programs use
 *
 * @example
 * const { folder, images, citation } = await downloadDataset("kermany", { out: "chest_xray" });
 *
 * @throws AppError OPTION_INVALID; DATASET_FOLDER_TAKEN; CREDENTIALS_MISSING without Kaggle's key; DOWNLOAD_FAILED and
 *   FILE_UNWRITABLE, after which the same call goes on; DATASET_SOURCE_INVALID when something else arrived
 */
export async function downloadDataset(name: string, options?: DownloadDatasetOptions): Promise<DownloadedDataset> {
  return (await import("./download-dataset.js")).downloadDataset(name, options);
}
