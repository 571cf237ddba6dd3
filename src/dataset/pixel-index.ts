// The decode cache's index as a file: which content each file had when it was read, and where the pixels of each content
// lie. Its first line is a checksum of the rest; whatever fails it counts as empty. Knows nothing of decoding.
import { createHash } from "node:crypto";

/** What was read from a file; without a stamp it is read again to tell. */
export interface KnownFile {
  readonly sha256: string;
  readonly stamp: string | undefined;
}

/** One image in the packed file. */
export interface StoredImage {
  /** Counts images from 0. */
  readonly place: number;
  /** CRC-32 of its pixels. */
  readonly checksum: number;
  readonly marks: readonly string[];
}

export interface PixelIndex {
  /** By name. */
  readonly files: Map<string, KnownFile>;
  /** By the sha256 of the file they were decoded from. */
  readonly images: Map<string, StoredImage>;
}

/** What the images were made by and their size: an index of other ones is of no use. */
export interface IndexKind {
  readonly madeBy: string;
  readonly imageBytes: number;
}

interface IndexFile extends IndexKind {
  readonly files: readonly (readonly [name: string, sha256: string, stamp: string | null])[];
  readonly images: readonly (readonly [sha256: string, place: number, checksum: number, marks: readonly string[]])[];
}

export function formatIndex({ files, images }: PixelIndex, { madeBy, imageBytes }: IndexKind): string {
  const content: IndexFile = {
    madeBy,
    imageBytes,
    files: [...files].map(([name, { sha256, stamp = null }]) => [name, sha256, stamp]),
    images: [...images].map(([sha256, { place, checksum, marks }]) => [sha256, place, checksum, marks]),
  };
  const body = JSON.stringify(content);
  return `${digest(body)}\n${body}`;
}

/** Images that no file has any more are left out, and with them their places. */
export function parseIndex(text: string, kind: IndexKind): PixelIndex {
  const empty: PixelIndex = { files: new Map(), images: new Map() };
  const end = text.indexOf("\n");
  const body = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== digest(body)) return empty;
  const content = JSON.parse(body) as IndexFile;
  if (content.madeBy !== kind.madeBy || content.imageBytes !== kind.imageBytes) return empty;
  const used = new Set(content.files.map(([, sha256]) => sha256));
  return {
    files: new Map(content.files.map(([name, sha256, stamp]) => [name, { sha256, stamp: stamp ?? undefined }])),
    images: new Map(
      content.images
        .filter(([sha256]) => used.has(sha256))
        .map(([sha256, place, checksum, marks]) => [sha256, { place, checksum, marks }]),
    ),
  };
}

function digest(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
