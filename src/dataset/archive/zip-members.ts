// Archives of images: how large they may be, and the errors for those that are damaged or hostile. What is judged stands in
// core/zip-members.ts.
import { basename } from "node:path";
import { AppError, messageOf } from "../../core/errors.js";
import { type ArchiveLimits, type OpenArchive, openZip, ZipRefusal } from "../../core/zip-members.js";

/** NIH ChestX-ray14, the largest set that is known here, has 112,120 images. */
export const archiveLimits: ArchiveLimits = { members: 1_000_000, bytes: 500e9, ratio: 100, alwaysBytes: 1 << 20 };

/**
 * The caller closes `zip`.
 * @throws AppError DATASET_SOURCE_INVALID naming the archive, the rule and the member
 */
export async function openArchive(file: string, limits: Partial<ArchiveLimits> = {}): Promise<OpenArchive> {
  return openZip(file, { ...archiveLimits, ...limits }).catch((thrown: unknown) => {
    throw invalidArchive(file, thrown);
  });
}

export function invalidArchive(file: string, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const facts =
    thrown instanceof ZipRefusal
      ? { rule: `an archive should have ${thrown.rule}`, received: thrown.message }
      : { rule: "should be a whole zip archive", received: `one that cannot be unpacked: ${messageOf(thrown)}` };
  const remedy = "Look at what it is and where it comes from; nothing of it was kept";
  return new AppError("DATASET_SOURCE_INVALID", { place: basename(file), ...facts, remedy }, { cause: thrown });
}
