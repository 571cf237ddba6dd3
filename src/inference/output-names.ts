// Names of the files that `explain` writes: those of the images, without their folders, each once.
import { basename, extname } from "node:path";

const mostCharacters = 100;

export class OutputNames {
  readonly #taken = new Set<string>();

  /** A name without extension that no image had before. Upper and lower case count as equal: some disks see no difference. */
  next(image: string): string {
    const base = basename(image, extname(image));
    const plain =
      base
        .replace(/[^\p{L}\p{N}._-]/gu, "_")
        .replace(/^\.+/, "_")
        .slice(0, mostCharacters) || "image";
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
