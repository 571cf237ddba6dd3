// Reads an image file from disk into memory: bounded, never a pipe or a device, with errors that name the file. What is
// in the bytes is the decoders' business. Node only.
import { constants, open } from "node:fs/promises";
import { AppError, messageOf, systemCodeOf } from "../core/errors.js";
import { formatTitles } from "./formats.js";
import { checkFileSize, type ImageLimits } from "./image-limits.js";

/** @throws AppError FILE_MISSING, FILE_UNREADABLE, IMAGE_UNREADABLE (no regular file), IMAGE_TOO_LARGE */
export async function readImageFile(path: string, limits: ImageLimits): Promise<Uint8Array> {
  try {
    // A pipe without a writer would keep a plain open waiting for ever.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const status = await file.stat();
      if (!status.isFile()) {
        throw new AppError("IMAGE_UNREADABLE", {
          place: path,
          rule: `must be a ${formatTitles()} file`,
          received: "a folder, pipe or device",
          remedy: "Name a file",
        });
      }
      checkFileSize(status.size, path, limits);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    const code = systemCodeOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new AppError(
        "FILE_MISSING",
        { place: path, rule: "there is no such file", remedy: "Check the path" },
        { cause: thrown },
      );
    }
    throw new AppError(
      "FILE_UNREADABLE",
      { place: path, rule: `cannot be read: ${messageOf(thrown)}`, remedy: "Check its permissions" },
      { cause: thrown },
    );
  }
}
