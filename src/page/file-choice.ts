// What is taken of the files that were dropped or chosen: models are told from images, systems' own files inside folders
// are left out, and a list that nobody could use any more is cut off.
import type { NewFile } from "./file-list.js";

/** More images than this at once are cut off: the list would no longer be usable. */
export const maxImages = 10_000;

export interface ChosenFiles<Source> {
  readonly images: readonly NewFile<Source>[];
  /** The last .onnx file among them. */
  readonly model: Source | null;
  /** Whether there were more images than `maxImages`. */
  readonly isCut: boolean;
}

export function chosenFiles<Source>(files: readonly NewFile<Source>[]): ChosenFiles<Source> {
  const isModel = ({ name }: NewFile<Source>) => /\.onnx$/i.test(name);
  const images = files.filter((file) => !isModel(file));
  return {
    images: images.slice(0, maxImages),
    model: files.findLast(isModel)?.source ?? null,
    isCut: images.length > maxImages,
  };
}

/** What to tell of a choice that came to nothing, or was cut off; null where all is well. */
export function choiceNotice({ images, model, isCut }: ChosenFiles<unknown>): string | null {
  if (isCut) {
    const most = maxImages.toLocaleString("en-US");
    return `Only the first ${most} images were taken. Score more at once with the command line.`;
  }
  if (images.length > 0 || model !== null) return null;
  return "Nothing was found there that could be an image. Choose JPEG, PNG or DICOM files, or a folder of them.";
}

/**
 * Whether a file found inside a folder is worth opening; `path` with forward slashes. Files that were named one by one are
 * always offered; what they are, their bytes say.
 */
export function isOffered(path: string): boolean {
  const parts = path.split("/");
  const name = parts.at(-1) as string;
  if (parts.some((part) => part.startsWith(".") || part === "__MACOSX")) return false;
  return (
    !/^(thumbs\.db|desktop\.ini|dicomdir)$/i.test(name) && !/\.(csv|json|txt|pdf|zip|html?|xml|xlsx?)$/i.test(name)
  );
}
