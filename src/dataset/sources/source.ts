// Where datasets come from: each kind of folder or file that can be turned into a manifest is one source, recognised by what
// it holds. A new source is one file and one line in sources.ts.
import type { ManifestRow } from "../manifest/manifest-row.js";
import type { ImageFolder } from "./image-folder.js";

export interface DatasetSource {
  /** As a user names it: "dicom", "medmnist". */
  readonly name: string;
  /** For messages: "a folder of DICOM files with a label file". */
  readonly title: string;
  /** Whether a place, an absolute path, holds this; looks at names and first bytes only. */
  recognises(place: string): Promise<boolean>;
  /**
   * Every image with what is known of it, and what was left out and why.
   * @throws AppError where the source as a whole cannot be understood
   */
  read(place: string, options: SourceOptions): AsyncIterable<SourceItem>;
}

export type SourceItem =
  | { readonly kind: "image"; readonly row: ManifestRow }
  /** An image or label that has no place in the manifest. */
  | { readonly kind: "left out"; readonly name: string; readonly reason: string }
  /** What a user should know of the images that are in it, as a sentence. */
  | { readonly kind: "note"; readonly text: string };

export interface SourceOptions {
  /** Absolute path of the manifest's folder: rows' paths are relative to it, and images are below it. */
  readonly root: string;
  /** For images that lie in no file of their own: below `root`. */
  readonly images: ImageFolder;
  /** Absolute path of a file of labels, for sources that need one. */
  readonly labels?: string | undefined;
  /** How labels that the publisher calls uncertain are taken; "leave out" unless said otherwise. */
  readonly uncertain?: "leave out" | "pneumonia" | "normal" | undefined;
  /** Turns an identifier of a person or examination into a key that does not name it. */
  readonly keyOf: (identifier: string) => string;
  readonly signal?: AbortSignal | undefined;
}
