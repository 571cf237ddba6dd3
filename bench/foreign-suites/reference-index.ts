// What reference.py wrote of a folder: a line of JSON for each file, checked, and the pixels beside it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Reference {
  /** Path inside the folder, with "/"; its first part is the suite. */
  readonly file: string;
  readonly kind: "jpeg" | "png" | "dicom" | "other";
  /** Of the file's bytes. */
  readonly sha256: string;
  /** "outside": the product's documents refuse such files, whatever others read from them. */
  readonly status: "read" | "refused" | "outside";
  /** Why it was not read; else "". */
  readonly reason: string;
  /** What the decoders printed, such as libjpeg's warnings. */
  readonly words: string;
  /** Absent unless the file was read. */
  readonly pixels?: ReferencePixels;
}

export interface ReferencePixels {
  readonly width: number;
  readonly height: number;
  /** File of grey pixels, [height, width], a byte each. */
  readonly greyPath: string;
  /** File of a grey DICOM's stored values, [height, width], little-endian 32-bit integers. */
  readonly storedPath?: string;
}

export async function readReferenceIndex(folder: string): Promise<readonly Reference[]> {
  const lines = (await readFile(join(folder, "index.jsonl"), "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line, i) => parseReference(JSON.parse(line), folder, `index.jsonl, line ${i + 1}`));
}

function parseReference(entry: Readonly<Record<string, unknown>>, folder: string, place: string): Reference {
  const text = (key: string): string => {
    const value = entry[key] ?? "";
    if (typeof value !== "string") throw new Error(`${place}: "${key}" must be text. Make the reference again.`);
    return value;
  };
  const oneOf = <T extends string>(key: string, allowed: readonly T[]): T => {
    const value = allowed.find((each) => each === entry[key]);
    if (value === undefined) throw new Error(`${place}: "${key}" must be one of ${allowed}. Make the reference again.`);
    return value;
  };
  const status = oneOf("status", ["read", "refused", "outside"]);
  return {
    file: text("file"),
    kind: oneOf("kind", ["jpeg", "png", "dicom", "other"]),
    sha256: text("sha256"),
    status,
    reason: text("reason"),
    words: text("words"),
    ...(status === "read" && {
      pixels: {
        width: Number(entry.width),
        height: Number(entry.height),
        greyPath: join(folder, "grey", String(entry.pixels)),
        ...(entry.hasStored === true && { storedPath: join(folder, "stored", String(entry.pixels)) }),
      },
    }),
  };
}
