// Which files of a folder are taken for images. By name where the name says it, so that a folder is listed without
// reading its files; DICOM files often have no extension and are known by the mark in their first bytes. What a file
// really is, read-radiograph.ts finds out.
import { constants, open } from "node:fs/promises";

/** Extensions of images, for messages. */
export const imageExtensions = ".jpeg, .jpg, .png or .dcm";

/** Whether a file name ends like a JPEG, PNG or DICOM image's. */
export function isImageName(name: string): boolean {
  return /\.(jpe?g|png|dcm|dicom)$/i.test(name);
}

/**
 * Whether a file in a folder is an image: by its name or, where it has no extension ("IM0001", "1.2.840.10008.1"), by the
 * mark DICM after its preamble. DICOMDIR, the index of a disc, is none.
 */
export async function isImageFile(path: string, name: string): Promise<boolean> {
  if (isImageName(name)) return true;
  const hasExtension = /\.[a-z][a-z0-9]*$/i.test(name);
  if (hasExtension || name.startsWith(".") || name.toUpperCase() === "DICOMDIR") return false;
  return await carriesDicm(path);
}

/** False for what cannot be read: such files are told of where they are named. */
async function carriesDicm(path: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!(await file.stat()).isFile()) return false;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 128);
      return bytesRead === 4 && buffer.toString("latin1") === "DICM";
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}
