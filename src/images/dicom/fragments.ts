// Encapsulated pixel data (PS3.5 annex A.4): a list of items, the first an offset table, the others the pieces of the
// compressed image. Lengths come from the file, so none is believed beyond the bytes that are left.
import { AppError } from "../../core/errors.js";
import { concatBytes } from "../concat-bytes.js";

const item = 0xe000fffe;
const delimiter = 0xe0ddfffe;

/**
 * The compressed bytes of the only frame of an image, whose items begin at `start`.
 * @throws AppError IMAGE_TRUNCATED, DICOM_UNREADABLE
 */
export function joinFragments(bytes: Uint8Array, start: number, place: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fragments: Uint8Array[] = [];
  let at = start;
  for (let isOffsetTable = true; ; isOffsetTable = false) {
    if (at + 8 > bytes.length) {
      // Some writers leave out the delimiter after the last whole item.
      if (at === bytes.length && fragments.length > 0) break;
      throw truncated(place);
    }
    const tag = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    at += 8;
    if (tag === delimiter) break;
    if (tag !== item) throw damaged(place, "an item that begins with another tag");
    if (length > bytes.length - at) throw truncated(place);
    if (!isOffsetTable) fragments.push(bytes.subarray(at, at + length));
    at += length;
  }
  const [first] = fragments;
  if (first === undefined) throw damaged(place, "compressed pixel data without a single piece");
  return fragments.length === 1 ? first : concatBytes(fragments);
}

function truncated(place: string): AppError {
  return new AppError("IMAGE_TRUNCATED", {
    place,
    rule: "the compressed pixels must lie inside the file",
    received: "a piece that ends after it: the file is cut short",
    remedy: "Copy or export it again",
  });
}

function damaged(place: string, received: string): AppError {
  return new AppError("DICOM_UNREADABLE", {
    place,
    rule: "compressed pixels must be a list of items",
    received,
    remedy: "Copy or export the file again",
  });
}
