// PneumoniaMNIST, as MedMNIST publishes it: a NumPy archive with small grey images and labels in three parts, at 28, 64, 128
// or 224 pixels (Yang et al. 2023, doi:10.1038/s41597-022-01721-8). Who is on which image it does not tell.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../../core/errors.js";
import { mapInOrder } from "../../core/map-in-order.js";
import { NpyError, type NpyHeader } from "../arrays/npy-header.js";
import { NpzFile } from "../arrays/npz-file.js";
import { type Label, type SplitName, splitNames } from "../sample.js";
import { medmnistImageName, medmnistSides } from "./medmnist-names.js";
import type { DatasetSource, SourceItem } from "./source.js";

/** Far more than MedMNIST has in any part. */
const mostImages = 1_000_000;
/** Encoding runs in threads of libvips, writing waits for the disk. */
const ahead = { workers: 4, ahead: 16 };

/**
 * SHA-256 of the labels of train, val and test, the same at all four sizes. MedMNIST's files do not say what their labels mean,
 * and others have ones and zeros too (BreastMNIST: 0 is malignant).
 */
const publishedLabels: Readonly<Record<SplitName, string>> = {
  train: "1bf9abcbc37450aaf569420007250351a7f58641abdcb7d17aace80054834c60",
  val: "150e23159736511733a32b038e64e5f6235c888105e2bd579efc0e7dcb1c38fd",
  test: "13c6ece2a1da60187a0129e7a1b66c685dcbcffe8229225cb5e48e5ee12cfd3d",
};

export const medmnistSource: DatasetSource = {
  name: "medmnist",
  title: "a MedMNIST file pneumoniamnist….npz",
  async recognises(place) {
    return place.toLowerCase().endsWith(".npz") && (await stat(place)).isFile();
  },
  async *read(place, { images }) {
    const archive = await NpzFile.open(place);
    try {
      const parts = await partsOf(archive, place);
      for (const part of parts) {
        const bytes = archive.items(`${part.split}_images`, (header) => requireImages(header, part.labels.length));
        yield* mapInOrder(numbered(bytes, part), ahead, async ({ pixels, index, label, split }) => {
          const { encodePng } = await import("../../images/encode.js");
          const side = Math.sqrt(pixels.length);
          const png = await encodePng({ width: side, height: side, data: pixels });
          const path = await images.write(medmnistImageName(split, index), png);
          return { kind: "image", row: { path, label, patient: null, split, facts: {} } } satisfies SourceItem;
        });
      }
    } finally {
      archive.close();
    }
  },
};

interface Part {
  readonly split: SplitName;
  readonly labels: readonly Label[];
}

/** @throws AppError DATASET_SOURCE_INVALID */
async function partsOf(archive: NpzFile, place: string): Promise<readonly Part[]> {
  const parts: Part[] = [];
  let isPublished = true;
  for (const split of splitNames) {
    const array = `${split}_labels`;
    if (!archive.has(array) && !archive.has(`${split}_images`)) continue;
    const hash = createHash("sha256");
    const labels: Label[] = [];
    for await (const [value] of archive.items(array, requireLabels)) {
      if (value !== 0 && value !== 1) throw otherLabels(archive.placeOf(array), labels.length, value);
      hash.update(Uint8Array.of(value));
      labels.push(value);
    }
    isPublished &&= hash.digest("hex") === publishedLabels[split];
    parts.push({ split, labels });
  }
  if (parts.length === 0) throw otherArrays(place);
  if (!isPublished && !basename(place).toLowerCase().startsWith("pneumoniamnist")) throw otherDataset(place);
  return parts;
}

async function* numbered(items: AsyncIterable<Buffer>, { split, labels }: Part) {
  let index = 0;
  for await (const pixels of items) {
    const label = labels[index] as Label; // requireImages: as many as images
    yield { pixels, index, label, split };
    index++;
  }
}

/** @throws NpyError */
function requireLabels(header: NpyHeader): void {
  const [count = 0, ...item] = requireBytes(header).shape;
  const isColumn = item.length === 0 || (item.length === 1 && item[0] === 1);
  if (!isColumn || count < 1 || count > mostImages) {
    throw new NpyError("should have one label for each image, [images, 1]", `[${header.shape.join(", ")}]`);
  }
}

/** @throws NpyError */
function requireImages(header: NpyHeader, labels: number): void {
  const [count, height = 0, width, ...more] = requireBytes(header).shape;
  if (more.length > 0 || height !== width || !medmnistSides.some((side) => side === height)) {
    const rule = `should have grey images, [images, side, side], of ${medmnistSides.join(", ")} pixels`;
    throw new NpyError(rule, `[${header.shape.join(", ")}]`);
  }
  if (count !== labels) throw new NpyError(`should have as many images as labels, ${labels}`, `${count}`);
}

function requireBytes(header: NpyHeader): NpyHeader {
  if (header.descr === "|u1") return header;
  throw new NpyError('should hold unsigned bytes, "|u1"', `"${header.descr.slice(0, 40)}"`);
}

const otherLabels = (place: string, index: number, value: number | undefined): AppError =>
  new AppError("DATASET_SOURCE_INVALID", {
    place,
    rule: "labels are 0 (normal) and 1 (pneumonia)",
    received: `${value} at index ${index}`,
    remedy: "Name pneumoniamnist.npz or one of its larger copies; MedMNIST's other files are of other questions",
  });

const otherArrays = (place: string): AppError =>
  new AppError("DATASET_SOURCE_INVALID", {
    place,
    rule: "should hold train_images, train_labels and the same of val and test, as MedMNIST's files do",
    received: "a NumPy archive with other arrays",
    remedy: "Save the images as PNG files, with a manifest",
  });

const otherDataset = (place: string): AppError =>
  new AppError("DATASET_SOURCE_INVALID", {
    place,
    rule: "its labels should be those of PneumoniaMNIST, because the file does not say what 0 and 1 mean",
    received: "other labels",
    remedy: 'If 0 means normal and 1 pneumonia, name the file "pneumoniamnist-<something>.npz"',
  });
