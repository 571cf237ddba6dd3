// Writes HDF5 files, in memory: groups, float32 datasets and texts, as h5py writes them for Keras.
import { AppError, messageOf } from "../../core/errors.js";
import type { HostTensor } from "../../model/weights.js";
import { type Hdf, type HdfFile, hdfReason, loadHdf } from "./h5wasm-module.js";

let filesWritten = 0;

/**
 * The bytes of a new file.
 * @param place names it in errors
 * @param weightBytes about what the file will hold; room is made for it beforehand, because the file in memory grows by an
 *   eighth at a time and is copied whole each time: of ResNet152V2's 240 MB that were 2 GB
 * @throws AppError FILE_UNWRITABLE
 */
export async function hdfBytes(
  place: string,
  weightBytes: number,
  write: (file: HdfFile) => void,
): Promise<Uint8Array> {
  const hdf = await loadHdf();
  const name = `write-${filesWritten++}.h5`;
  try {
    return withoutClock(() => written(hdf, `/${name}`, weightBytes, write));
  } catch (thrown) {
    throw new AppError(
      "FILE_UNWRITABLE",
      { place, rule: `HDF5 cannot hold this model: ${hdfReason(messageOf(thrown))}` },
      { cause: thrown },
    );
  } finally {
    if (hdf.files.analyzePath(`/${name}`).exists) hdf.files.unlink(`/${name}`);
  }
}

function written(hdf: Hdf, path: string, weightBytes: number, write: (file: HdfFile) => void): Uint8Array {
  const file = hdf.open(path, "w");
  const { node } = hdf.files.lookupPath(path);
  const begun = node.contents?.subarray(0, node.usedBytes) ?? [];
  node.contents = new Uint8Array(weightBytes + 2 ** 20);
  node.contents.set(begun);
  try {
    write(file);
  } finally {
    file.close();
  }
  return node.contents.subarray(0, node.usedBytes);
}

/** HDF5 notes when groups and datasets were made, by JavaScript's clock: without it the same weights make the same bytes. */
function withoutClock<Result>(make: () => Result): Result {
  const { now } = Date;
  Date.now = () => 0;
  try {
    return make();
  } finally {
    Date.now = now;
  }
}

/** What these tensors take in a file, in bytes. */
export const bytesOf = (tensors: Iterable<HostTensor>): number =>
  [...tensors].reduce((sum, { data }) => sum + data.byteLength, 0);

/** Makes a group with all those above it, each once. */
export function groupMaker(file: HdfFile): (path: string) => void {
  const groups = new Set<string>();
  return (path) => {
    let made = "";
    for (const part of path.split("/")) {
      if (!groups.has(`${made}/${part}`)) file.create_group(made === "" ? part : `${made.slice(1)}/${part}`);
      made += `/${part}`;
      groups.add(made);
    }
  };
}

export function writeTensor(file: HdfFile, name: string, tensor: HostTensor): void {
  file.create_dataset({ name, data: tensor.data, shape: [...tensor.shape], dtype: "<f" });
}

/** A string of any length: HDF5 keeps it outside the object's header. */
export function writeText(file: HdfFile, path: string, name: string, text: string): void {
  holder(file, path).create_attribute(name, text, [], "S");
}

/** The group at that path, or the file itself. */
export function holder(file: HdfFile, path: string): Pick<HdfFile, "create_attribute"> {
  if (path === "") return file;
  const found = file.get(path);
  if (found === null || !("create_attribute" in found)) throw new Error(`no group ${path}`);
  return found;
}
