// An HDF5 file by someone else, read with suspicion: every link, type and declared size is checked before use.
// Runs inside the reader's worker; the file is in memory, so nothing in it reaches this machine's files.
import { AppError, messageOf } from "../../core/errors.js";
import { product, type Shape } from "../../model/shapes.js";
import { invalid } from "../invalid-model-file.js";
import { sealedAttribute, sealMissing, verifySeal } from "./h5-checksum.js";
import { type Hdf, type HdfFile, hdfReason } from "./h5wasm-module.js";
import { declaredLimit } from "./memory-limits.js";

/** Largest attribute that is read. The configuration of the biggest Keras application, NASNetLarge, is below 1 MiB. */
const maxAttributeBytes = 64 * 2 ** 20;
/** HDF5 filter numbers of deflate, shuffle and fletcher32; others are code that no model file needs. */
const knownFilters = new Set([1, 2, 3]);

/** @param reason HDF5's own, which it begins with "file signature not found" for whatever is no HDF5 */
function unreadable(place: string, bytes: Uint8Array, reason: string, cause: unknown): AppError {
  const unlike = (received: string) =>
    invalid(place, "should be an HDF5 file, as Keras' .h5 files are", received, cause);
  if (isZip(bytes)) return unlike("a zip archive, as .keras files are");
  if (bytes.length === 0) return unlike("an empty file");
  if (reason.includes("signature not found")) return unlike(`${bytes.length} bytes of another kind`);
  return invalid(place, `HDF5 cannot read it: ${reason}`, undefined, cause);
}

const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b; // "PK"

/** A float32 array in the file that passed every check but has not been read. */
export interface DeclaredTensor {
  readonly path: string;
  readonly shape: Shape;
}

export class H5File {
  readonly #hdf: Hdf;
  readonly #file: HdfFile;
  readonly #place: string;
  readonly #fileBytes: number;
  readonly #groups = new Set<string>([""]);
  #declaredBytes = 0;

  private constructor(hdf: Hdf, file: HdfFile, place: string, fileBytes: number) {
    this.#hdf = hdf;
    this.#file = file;
    this.#place = place;
    this.#fileBytes = fileBytes;
  }

  /**
   * Opens, hands to `use`, closes. `place` names the file in errors; `storedBytes` is what it took where it was packed.
   * @throws AppError MODEL_FILE_INVALID for whatever HDF5 says against the file; a breakdown of the library itself
   * (`isBreakdown`) passes through.
   */
  static use<T>(
    hdf: Hdf,
    bytes: Uint8Array,
    place: string,
    use: (file: H5File) => T,
    storedBytes = bytes.byteLength,
  ): T {
    const name = "model.h5";
    const isSealed = verifySeal(bytes, place);
    let file: HdfFile | undefined;
    try {
      if (hdf.files.analyzePath(`/${name}`).exists) hdf.files.unlink(`/${name}`);
      hdf.files.createDataFile("/", name, bytes, true, false, true);
      file = hdf.open(`/${name}`, "r");
      const opened = new H5File(hdf, file, place, storedBytes);
      if (!isSealed && opened.text("", sealedAttribute) !== undefined) throw sealMissing(place);
      return use(opened);
    } catch (thrown) {
      if (thrown instanceof AppError || isBreakdown(thrown)) throw thrown;
      throw unreadable(place, bytes, hdfReason(messageOf(thrown)), thrown);
    } finally {
      closeQuietly(file);
    }
  }

  /** True for a group at that path; an absent one is false, anything else there is an error. */
  hasGroup(path: string): boolean {
    const present = this.#kindOf(path);
    if (present === undefined) return false;
    if (present !== "group") this.#fail(`"${path}" is a group`, `a ${present}`);
    return true;
  }

  /** True for anything at that path. */
  has(path: string): boolean {
    return this.#kindOf(path) !== undefined;
  }

  /** Names of what a group holds, in HDF5's order; none where it is absent. */
  children(path: string): readonly string[] {
    if (!this.hasGroup(path)) return [];
    return this.#hdf.module.get_names(this.#file.file_id, `/${path}`, false);
  }

  /** A string attribute, or undefined where there is none. */
  text(path: string, name: string): string | undefined {
    const value = this.#attribute(path, name);
    const first = Array.isArray(value) && value.length === 1 ? value[0] : value;
    // The length of a string that HDF5 keeps outside the header is known only now; the file's own size bounds it.
    if (typeof first === "string" && first.length > maxAttributeBytes) {
      this.#fail(`attribute "${name}" of "/${path}" has at most ${maxAttributeBytes} bytes`);
    }
    if (first === undefined || typeof first === "string") return first;
    return this.#fail(`attribute "${name}" of "/${path}" is text`);
  }

  /** A list of strings, also when Keras split it over `name0`, `name1`, …; undefined where there is none. */
  names(path: string, name: string): readonly string[] | undefined {
    const whole = this.#attribute(path, name);
    if (whole !== undefined) return this.#asNames(path, name, whole);
    const names: string[] = [];
    for (let chunk = 0; ; chunk++) {
      const part = this.#attribute(path, `${name}${chunk}`);
      if (part === undefined) return chunk === 0 ? undefined : names;
      names.push(...this.#asNames(path, name, part));
    }
  }

  /** Checks the dataset at that path: float32, inside this file, of a believable size. Reads nothing of it. */
  declared(path: string): DeclaredTensor {
    const kind = this.#kindOf(path);
    if (kind !== "dataset") this.#fail(`"/${path}" is a dataset`, kind ?? "nothing");
    const metadata = this.#hdf.module.get_dataset_metadata(this.#file.file_id, `/${path}`);
    if (metadata.virtual_sources !== undefined) this.#fail(`"/${path}" holds its data itself`, "a virtual dataset");
    if (metadata.type !== this.#hdf.module.H5T_class_t.H5T_FLOAT.value || metadata.size !== 4) {
      this.#fail(`"/${path}" holds 32-bit floats`, "another type; save the model with float32 weights");
    }
    const filters = this.#hdf.module.get_dataset_filters(this.#file.file_id, `/${path}`);
    const unknown = filters.find((filter) => !knownFilters.has(filter.id));
    if (unknown !== undefined) this.#fail(`"/${path}" is stored plain or with gzip`, `filter ${unknown.id}`);
    const shape = metadata.shape ?? this.#fail(`"/${path}" has a shape`, "an empty dataset");
    this.#declaredBytes += 4 * product(shape);
    const limit = declaredLimit(this.#fileBytes);
    if (this.#declaredBytes > limit) {
      this.#fail(
        `a file of ${this.#fileBytes} bytes declares at most ${limit} bytes of data`,
        `"/${path}" of shape [${shape.join(", ")}]`,
      );
    }
    return { path, shape };
  }

  /** The values of a dataset that `declared` passed, row-major. */
  floats(tensor: DeclaredTensor): Float32Array {
    const length = product(tensor.shape);
    if (length === 0) return new Float32Array(0);
    const dataset = this.#file.get(`/${tensor.path}`);
    const value = dataset !== null && "value" in dataset ? dataset.value : undefined;
    // A scalar dataset comes as a number.
    const data = typeof value === "number" ? Float32Array.of(value) : value;
    if (!(data instanceof Float32Array) || data.length !== length) {
      this.#fail(`"/${tensor.path}" holds ${length} values`);
    }
    return data;
  }

  #asNames(path: string, name: string, value: unknown): readonly string[] {
    // An empty list is stored as an empty array of doubles.
    if (ArrayBuffer.isView(value) && value.byteLength === 0) return [];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((item) => typeof item === "string")) return list;
    return this.#fail(`attribute "${name}" of "/${path}" is a list of names`);
  }

  #attribute(path: string, name: string): unknown {
    const names: readonly string[] = this.#hdf.module.get_attribute_names(this.#file.file_id, `/${path}`);
    if (!names.includes(name)) return undefined;
    const metadata = this.#hdf.module.get_attribute_metadata(this.#file.file_id, `/${path}`, name);
    const limit = Math.min(maxAttributeBytes, declaredLimit(this.#fileBytes));
    if (!(metadata.size * metadata.total_size <= limit)) {
      this.#fail(`attribute "${name}" of "/${path}" has at most ${limit} bytes`);
    }
    const isText = metadata.type === this.#hdf.module.H5T_class_t.H5T_STRING.value;
    if (!isText && metadata.total_size !== 0) this.#fail(`attribute "${name}" of "/${path}" is text`);
    if (!isText || metadata.total_size === 0) return new Float64Array(0);
    const target = path === "" ? this.#file : this.#file.get(`/${path}`);
    return target !== null && "get_attribute" in target ? target.get_attribute(name, false) : undefined;
  }

  /** Walks the path part by part, so that no link is followed unseen. */
  #kindOf(path: string): "group" | "dataset" | undefined {
    const { H5G_GROUP, H5G_DATASET, H5G_LINK, H5G_UDLINK } = this.#hdf.module;
    const parts = path.split("/");
    for (let count = 1; count <= parts.length; count++) {
      const part = parts[count - 1];
      if (part === "" || part === ".") this.#fail('names inside the file have no empty or "." parts', `"${path}"`);
      const walked = parts.slice(0, count).join("/");
      if (this.#groups.has(walked)) continue;
      const type = this.#hdf.module.get_type(this.#file.file_id, `/${walked}`);
      if (type === H5G_UDLINK) this.#fail(`"/${walked}" lies in this file`, "a link to another file");
      if (type === H5G_LINK) this.#fail(`"/${walked}" exists`, "a link that leads nowhere");
      if (type === H5G_DATASET && count === parts.length) return "dataset";
      if (type !== H5G_GROUP) return undefined;
      this.#groups.add(walked);
    }
    return "group";
  }

  #fail(rule: string, received?: string): never {
    throw invalid(this.#place, rule, received);
  }
}

/** True when the library itself broke (WebAssembly trapped or ran out of stack): it must not be used again. */
export function isBreakdown(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === "RuntimeError" || thrown instanceof RangeError);
}

function closeQuietly(file: HdfFile | undefined): void {
  try {
    file?.close();
  } catch {
    // The file was damaged or the library broke: the error that led here says more than this one.
  }
}
