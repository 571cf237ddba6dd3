// Names of the files that `explain` writes: those of the images, without their folders, each once.
import { basename, extname } from "node:path";

/** Of a name in UTF-8: file systems take 255, and endings are added. */
const mostBytes = 180;

export class OutputNames {
  readonly #taken = new Set<string>();

  /** A name without extension that no image had before. Upper and lower case count as equal: some disks see no difference. */
  next(image: string): string {
    const base = basename(image, extname(image));
    const plain = shortened(base.replace(/[^\p{L}\p{N}._-]/gu, "_").replace(/^\.+/, "_")) || "image";
    for (let number = 1; ; number++) {
      const name = number === 1 ? plain : `${plain}-${number}`;
      // The file beside it, and the tables, must not be hit either.
      const keys = [name, `${name}-side-by-side`].map((key) => key.toLowerCase());
      if (keys.some((key) => this.#taken.has(key))) continue;
      for (const key of keys) this.#taken.add(key);
      return name;
    }
  }
}

/** Whole characters only. */
function shortened(name: string): string {
  const bytes = new TextEncoder().encode(name);
  // What is cut in the middle of a character ends in U+FFFD, which no name has left.
  return new TextDecoder().decode(bytes.subarray(0, mostBytes)).replace(/\uFFFD+$/, "");
}
