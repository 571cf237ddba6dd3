// The weights of a model that is about to be opened, in a file that ONNX Runtime maps into memory: given to it as bytes, they
// stand there twice more while it takes them apart (decision 39). Nothing that anybody keeps.
import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateFileMode } from "../core/private-folder.js";
import type { ValuesFile } from "../interchange/onnx/onnx-graph-builder.js";

/** Values begin where any processor reads them well. */
const alignment = 64;

export class WeightsFile implements ValuesFile {
  readonly name = "weights";
  /** That only its owner can look into. */
  readonly folder: string;
  readonly #file: number;
  readonly #hash = createHash("sha256");
  #end = 0;

  /** Throws system errors. */
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "pneumoscope-weights-"));
    this.#file = openSync(join(this.folder, this.name), "wx", privateFileMode);
  }

  append(values: Uint8Array): number {
    const start = Math.ceil(this.#end / alignment) * alignment;
    for (let done = 0; done < values.length; ) {
      done += writeSync(this.#file, values, done, values.length - done, start + done);
    }
    this.#hash.update(values);
    this.#end = start + values.length;
    return start;
  }

  /** Of the values written so far, hexadecimal. */
  get sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  close(): void {
    closeSync(this.#file);
  }

  /** What is mapped stays so without the file; on Windows it must be unmapped first. */
  remove(): void {
    try {
      rmSync(this.folder, { recursive: true, force: true });
    } catch {
      // once more when the session ends
    }
  }
}
