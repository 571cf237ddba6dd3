// What images from parquet files are called as files: by their own names where those are names, else by their content.
import { createHash } from "node:crypto";
import { type ImageFormat, imageFormats } from "../../images/formats.js";

/** The names that one import has given: unlike in any case, because some file systems take them for the same. */
export class ImageNames {
  readonly #given = new Set<string>();

  /**
   * A path below the images' folder, with an extension that fits the content; a reason where there is none.
   * @param folder part and class, "train/NORMAL"
   * @param path as the dataset gives it: anything, or nothing
   */
  give(folder: string, bytes: Uint8Array, path: unknown): { readonly name: string } | { readonly reason: string } {
    const format = imageFormats.find(({ matches }) => matches(bytes));
    if (format === undefined) return { reason: "not an image that is read here (JPEG, PNG or DICOM)" };
    for (const name of namesFor(format, bytes, path)) {
      const key = `${folder}/${name}`.toLowerCase();
      if (this.#given.has(key)) continue;
      this.#given.add(key);
      return { name: `${folder}/${name}` };
    }
    return { reason: "the same image stands twice in its part and class" };
  }
}

function* namesFor({ extensions }: ImageFormat, bytes: Uint8Array, path: unknown): Generator<string> {
  const own = typeof path === "string" ? (path.split(/[\\/]/).at(-1) ?? "") : "";
  const isName = /^[\p{L}\p{N}][\p{L}\p{N} ._()+-]{0,120}$/u.test(own);
  if (isName && extensions.some((extension) => own.toLowerCase().endsWith(extension))) yield own;
  yield `${createHash("sha256").update(bytes).digest("hex").slice(0, 20)}${extensions[0]}`;
}
