// What a file is, by its first bytes, and what to say of one that is no image. For Node and browsers.
import { AppError } from "../core/errors.js";
import { formatTitles, type ImageFormat, imageFormats } from "./formats.js";

/** The format of an image. @throws AppError IMAGE_UNREADABLE for any other file, with what it is instead, and what to do */
export function formatOf(bytes: Uint8Array, name: string, formats: readonly ImageFormat[] = imageFormats): ImageFormat {
  const found = formats.find(({ matches }) => matches(bytes));
  if (found !== undefined) return found;
  const { received, remedy } = unknownKind(bytes);
  throw new AppError("IMAGE_UNREADABLE", {
    place: name,
    rule: `must be a ${formatTitles(formats)} image`,
    received,
    remedy,
  });
}

/** A file that no decoder here reads: what it is instead, and what to do. */
interface UnknownKind {
  readonly received: string;
  readonly remedy: string;
}

function unknownKind(bytes: Uint8Array): UnknownKind {
  const begins = (...start: readonly number[]) => start.every((byte, i) => bytes[i] === byte);
  if (begins(0x50, 0x4b, 3, 4)) {
    const isLocked = ((bytes[6] ?? 0) & 1) === 1; // general purpose bit 0 of the first entry
    return { received: isLocked ? "a zip archive with a password" : "a zip archive", remedy: unpack };
  }
  const other = otherKinds.find(({ mark, at }) => mark.every((byte, i) => bytes[at + i] === byte));
  if (other !== undefined) return other;
  const received = bytes.length === 0 ? "an empty file" : `${bytes.length} bytes that begin like none of them`;
  return { received, remedy: "Remove the file or replace it by the image" };
}

const codes = (text: string): readonly number[] => Array.from(text, (char) => char.charCodeAt(0));
const convert = "Save the picture as grey PNG";
const unpack = "Unpack it and name the images";

/** What people take for, or call, a JPEG, PNG or DICOM file, by the bytes at a place. */
const otherKinds: readonly (UnknownKind & { readonly mark: readonly number[]; readonly at: number })[] = [
  { received: "a TIFF picture", mark: codes("II*\0"), at: 0, remedy: convert },
  { received: "a TIFF picture", mark: codes("MM\0*"), at: 0, remedy: convert },
  { received: "a GIF picture", mark: codes("GIF8"), at: 0, remedy: convert },
  { received: "a WebP picture", mark: codes("WEBP"), at: 8, remedy: convert },
  { received: "a HEIC picture", mark: codes("ftyphei"), at: 4, remedy: convert },
  { received: "an AVIF picture", mark: codes("ftypavif"), at: 4, remedy: convert },
  { received: "a JPEG 2000 picture", mark: [0, 0, 0, 12, ...codes("jP  ")], at: 0, remedy: convert },
  { received: "a JPEG 2000 picture", mark: [0xff, 0x4f, 0xff, 0x51], at: 0, remedy: convert },
  { received: "a JPEG XL picture", mark: [0, 0, 0, 12, ...codes("JXL ")], at: 0, remedy: convert },
  { received: "a JPEG XL picture", mark: [0xff, 0x0a], at: 0, remedy: convert },
  { received: "a BMP picture", mark: codes("BM"), at: 0, remedy: convert },
  { received: "a PDF document", mark: codes("%PDF"), at: 0, remedy: "Save the radiograph in it as grey PNG" },
  { received: "a gzip archive", mark: [0x1f, 0x8b], at: 0, remedy: unpack },
  { received: "a 7z archive", mark: codes("7z\xbc\xaf"), at: 0, remedy: unpack },
  { received: "a RAR archive", mark: codes("Rar!"), at: 0, remedy: unpack },
];
