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

/**
 * Images that no file has any more are left out, and with them their places. The checksum tells damage, not intent: what
 * passes it and is no index all the same counts as empty too.
 */
export function parseIndex(text: string, kind: IndexKind): PixelIndex {
  const empty: PixelIndex = { files: new Map(), images: new Map() };
  const end = text.indexOf("\n");
  const body = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== digest(body)) return empty;
  const content = contentOf(body);
  if (content === undefined || content.madeBy !== kind.madeBy || content.imageBytes !== kind.imageBytes) return empty;
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

/** Undefined for whatever `formatIndex` does not write. */
function contentOf(body: string): IndexFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { files, images } = (value ?? {}) as Partial<Record<keyof IndexFile, unknown>>;
  if (!Array.isArray(files) || !files.every(isFile) || !Array.isArray(images) || !images.every(isImage))
    return undefined;
  // Two images at one place would overwrite each other.
  return new Set(images.map(([, place]) => place)).size === images.length ? (value as IndexFile) : undefined;
}

/** Two hundred times the largest public collection of chest radiographs; a place beyond would make a file of that size. */
const mostPlaces = 2 ** 27;

const isFile = (entry: unknown): boolean => {
  const [name, sha256, stamp] = Array.isArray(entry) ? entry : [];
  return isText(name) && isText(sha256) && (stamp === null || isText(stamp));
};

const isImage = (entry: unknown): boolean => {
  const [sha256, place, checksum, marks] = Array.isArray(entry) ? entry : [];
  const isBelow = (value: unknown, end: number) =>
    Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < end;
  const isPlaced = isBelow(place, mostPlaces) && isBelow(checksum, 2 ** 32);
  return isText(sha256) && isPlaced && Array.isArray(marks) && marks.every(isText);
};

const isText = (value: unknown): value is string => typeof value === "string";

function digest(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
