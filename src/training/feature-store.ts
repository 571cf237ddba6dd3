// What a frozen network part computes from each image, kept in a file for the length of one training: without
// augmentation it is the same in every epoch. The operating system's file cache makes reading it back as fast as memory
// allows.
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "../core/errors.js";
import { product, type Shape } from "../model/shapes.js";
import { Tensor } from "../tensor/tensor.js";

/** Most that is kept, in bytes (8 GiB). ResNet152V2's 7x7x2048 values for the whole public dataset take 2.4e9. */
export const maxFeatureBytes = 8 * 2 ** 30;

export class FeatureStore {
  readonly #file: FileHandle;
  readonly #folder: string;
  /** Of one image's values, [c, h, w] or [units]; known with the first. */
  #shape: Shape = [];
  readonly #rows = new Map<number, number>();

  private constructor(file: FileHandle, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  /**
   * An empty store in a file below `folder` that nobody else sees and that vanishes with the process.
   * @throws AppError FILE_UNWRITABLE
   */
  static async create(folder: string): Promise<FeatureStore> {
    try {
      const own = await mkdtemp(join(folder, "pneumoscope-features-"));
      const file = await open(join(own, "values"), "wx+");
      await rm(own, { recursive: true });
      return new FeatureStore(file, folder);
    } catch (thrown) {
      throw unwritable(folder, thrown);
    }
  }

  /** Keeps the values [n, …] of the images with those indices. @throws AppError FILE_UNWRITABLE */
  async add(indices: Int32Array, features: Tensor): Promise<void> {
    this.#shape = features.shape.slice(1);
    const values = features.toFloat32();
    try {
      const { bytesWritten } = await this.#file.write(values, 0, values.byteLength, this.#rows.size * this.#rowBytes);
      if (bytesWritten < values.byteLength) throw new Error(`${bytesWritten} of ${values.byteLength} bytes fitted`);
    } catch (thrown) {
      throw unwritable(this.#folder, thrown);
    }
    for (const index of indices) this.#rows.set(index, this.#rows.size);
  }

  /** The kept values of those images, [n, …] on the device; the caller disposes of it. */
  async read(indices: Int32Array, device: string): Promise<Tensor> {
    const length = product(this.#shape);
    const values = new Float32Array(indices.length * length);
    await Promise.all(
      Array.from(indices, (index, i) => {
        const row = this.#rows.get(index) as number;
        return this.#file.read(values.subarray(i * length, (i + 1) * length), 0, this.#rowBytes, row * this.#rowBytes);
      }),
    );
    return Tensor.fromArray(values, [indices.length, ...this.#shape], device);
  }

  /** How many images' values are kept. */
  get size(): number {
    return this.#rows.size;
  }

  async dispose(): Promise<void> {
    await this.#file.close();
  }

  get #rowBytes(): number {
    return product(this.#shape) * Float32Array.BYTES_PER_ELEMENT;
  }
}

function unwritable(folder: string, thrown: unknown): AppError {
  return new AppError(
    "FILE_UNWRITABLE",
    {
      place: folder,
      rule: `a temporary file for the frozen layers' values cannot be written: ${messageOf(thrown)}`,
      remedy: "Free space there, point TMPDIR to another disk, or train with augmentation",
    },
    { cause: thrown },
  );
}
