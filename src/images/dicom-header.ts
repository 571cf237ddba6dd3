// What a DICOM file says before its pixels, without reading those: a folder of radiographs has gigabytes of them.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { AppError, messageOf } from "../core/errors.js";
import type { Attributes } from "./dicom/attributes.js";
import { parseDicomFile } from "./dicom/dicom-file.js";
import { isDicom } from "./dicom/part-10.js";
import { defaultImageLimits } from "./image-limits.js";

/** Bytes read at first and then, where the attributes before the pixels are longer. */
const portions = [1 << 16, 1 << 20, 1 << 24, defaultImageLimits.maxBytes];

/**
 * Undefined for a file that is no DICOM.
 * @param place what errors call the file
 * @throws AppError FILE_UNREADABLE; DICOM_NO_IMAGE without pixels; and as `parseDicomFile`
 */
export async function readDicomHeader(path: string, place: string): Promise<Attributes | undefined> {
  let file: FileHandle | undefined;
  try {
    // A pipe without a writer would keep the reader waiting for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile()) return undefined;
    return await headerIn(file, place);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    const facts = { place, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" };
    throw new AppError("FILE_UNREADABLE", facts, { cause: thrown });
  } finally {
    await file?.close();
  }
}

async function headerIn(file: FileHandle, place: string): Promise<Attributes | undefined> {
  let failure: unknown;
  for (const length of portions) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(length, await sizeOf(file))), 0, undefined, 0);
    const bytes = buffer.subarray(0, bytesRead);
    if (!isDicom(bytes)) return undefined;
    try {
      const { attributes, pixelData } = parseDicomFile(bytes, place, defaultImageLimits);
      if (pixelData !== undefined) return attributes;
      failure = undefined;
    } catch (thrown) {
      failure = thrown; // a value may go on beyond what was read
    }
    if (bytesRead < length) break;
  }
  if (failure !== undefined) throw failure;
  throw new AppError("DICOM_NO_IMAGE", {
    place,
    rule: "must hold an image",
    received: "a DICOM file without pixel data, such as a report",
    remedy: "Name the image's file",
  });
}

const sizeOf = async (file: FileHandle): Promise<number> => (await file.stat()).size;
