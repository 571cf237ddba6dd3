// One file through the product's two readers, and what is left of the difference to the reference.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../src/core/errors.js";
import { decodeRadiograph } from "../../src/images/decode-radiograph.js";
import { parseDicomFile } from "../../src/images/dicom/dicom-file.js";
import { readPixelFormat } from "../../src/images/dicom/pixel-format.js";
import { readStoredPixels } from "../../src/images/dicom/stored-pixels.js";
import type { GrayImage } from "../../src/images/gray-image.js";
import { defaultImageLimits } from "../../src/images/image-limits.js";
import { nodeCodecs } from "../../src/images/node-codecs.js";
import type { Radiograph } from "../../src/images/radiograph.js";
import { readRadiograph } from "../../src/images/read-radiograph.js";
import { type Difference, differenceOf, type FileResult, type Reading } from "./outcome.js";
import type { Reference, ReferencePixels } from "./reference-index.js";

export async function readFileBothWays(folder: string, reference: Reference): Promise<FileResult> {
  const path = join(folder, reference.file);
  const bytes = new Uint8Array(await readFile(path));
  if (createHash("sha256").update(bytes).digest("hex") !== reference.sha256) {
    throw new Error(`${reference.file} has changed since the reference was made. Make the reference again.`);
  }
  const { pixels } = reference;
  const grey = pixels && (await readFile(pixels.greyPath));
  const compare = (image: GrayImage) => pixels && grey && differenceOfImage(image, pixels, grey);
  const [node, nodeImage] = await attempt(() => readRadiograph(path), compare);
  const [page, pageImage] = await attempt(() => readAsPage(bytes, reference.file), compare);
  const stored =
    pixels?.storedPath === undefined || page.kind !== "read" ? undefined : await storedDifference(bytes, pixels);
  const twins = nodeImage && pageImage && differenceOfImage(nodeImage, pageImage, pageImage.data);
  return { reference, node, page, ...(stored && { stored }), ...(twins && { twins }) };
}

/** What the page does with a dropped file. */
const readAsPage = (bytes: Uint8Array, name: string): Promise<Radiograph> =>
  decodeRadiograph(bytes, { name, codecs: nodeCodecs });

async function attempt(
  read: () => Promise<Radiograph>,
  compare: (image: GrayImage) => Difference | undefined,
): Promise<[reading: Reading, image?: GrayImage]> {
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  try {
    const { image, warnings } = await read();
    const took = ms();
    const difference = compare(image);
    const codes = warnings.map(({ code }) => code);
    return [{ kind: "read", ms: took, warnings: codes, ...(difference && { difference }) }, image];
  } catch (thrown) {
    if (thrown instanceof AppError) {
      return [{ kind: "refused", ms: ms(), code: thrown.code, message: thrown.message }];
    }
    return [{ kind: "failed", ms: ms(), what: String(thrown) }];
  }
}

function differenceOfImage(
  image: GrayImage,
  { width, height }: { readonly width: number; readonly height: number },
  expected: Uint8Array,
): Difference {
  const isSameSize = image.width === width && image.height === height;
  return differenceOf(image.data, isSameSize ? expected : []);
}

async function storedDifference(bytes: Uint8Array, { storedPath = "" }: ReferencePixels): Promise<Difference> {
  const place = "stored values";
  const file = parseDicomFile(bytes, place, defaultImageLimits);
  if (file.pixelData === undefined) throw new Error("a file that was read has no pixels");
  const format = readPixelFormat(file.attributes, place, defaultImageLimits);
  const { values } = await readStoredPixels(file, file.pixelData, format, nodeCodecs.dicom, place);
  return differenceOf(values, new Int32Array(new Uint8Array(await readFile(storedPath)).buffer));
}
