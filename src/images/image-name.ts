// Which files of a folder are taken for images. By name where the name says it, so that a folder is listed without
// reading its files; DICOM files often have no extension and are known by the mark in their first bytes. What a file
// really is, read-radiograph.ts finds out.
import { constants, open } from "node:fs/promises";
import { anyOf } from "../core/any-of.js";
import { type FormatMark, imageFormats } from "./formats.js";

/** Extensions of images, for messages: ".jpeg, .jpg, .png, .dcm or .dicom". */
export const imageExtensions = anyOf(imageFormats.flatMap(({ extensions }) => extensions));

/** Whether a file name ends like an image's. */
export function isImageName(name: string, formats = imageFormats): boolean {
  return formats.some(({ extensions }) => extensions.some((extension) => name.toLowerCase().endsWith(extension)));
}

/**
 * Whether a file in a folder is an image: by its name or, where it has no extension ("IM0001", "1.2.840.10008.1"), by its
 * format's mark (DICOM's DICM, after the preamble). DICOMDIR, the index of a disc, is none.
 */
export async function isImageFile(path: string, name: string, formats = imageFormats): Promise<boolean> {
  if (isImageName(name, formats)) return true;
  const hasExtension = /\.[a-z][a-z0-9]*$/i.test(name);
  if (hasExtension || name.startsWith(".") || name.toUpperCase() === "DICOMDIR") return false;
  const marks = formats.flatMap(({ mark }) => mark ?? []);
  return await carriesOneOf(marks, path);
}

/** False for what cannot be read: such files are told of where they are named. */
async function carriesOneOf(marks: readonly FormatMark[], path: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!(await file.stat()).isFile()) return false;
      for (const { text, at } of marks) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(text.length), 0, text.length, at);
        if (buffer.toString("latin1", 0, bytesRead) === text) return true;
      }
      return false;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}
