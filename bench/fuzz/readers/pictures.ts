// JPEG and PNG, by the decoder of Node and by the page's; DICOM in its threads.
import sharp from "sharp";
import { decodeGray } from "../../../src/images/decode-gray.js";
import { DecodeThreads } from "../../../src/images/decode-thread/pool.js";
import { decodeDicom } from "../../../src/images/dicom/decode-dicom.js";
import { nodeCodecs } from "../../../src/images/node-codecs.js";
import { decodeGrayPortable } from "../../../src/images/portable-gray.js";
import { readRadiograph } from "../../../src/images/read-radiograph.js";
import { repairPngChecksums } from "../png-checksums.js";
import { once } from "../structured/choose.js";
import { hostileDicom } from "../structured/dicom.js";
import { hostileJpeg } from "../structured/jpeg.js";
import { hostilePng } from "../structured/png.js";
import { type FuzzReader, goldenFiles, reads } from "./reader.js";

/** Those of the golden files, and progressive ones, whose scans are many by nature. */
async function jpegSeeds(): Promise<readonly Uint8Array[]> {
  const sequential = await goldenFiles("opencv", /\.jpg$/);
  const progressive = sequential.slice(0, 6).map(async (bytes) => {
    const encoder = sharp(bytes, { failOn: "none" }).jpeg({ progressive: true, quality: 80 });
    return new Uint8Array(await encoder.toBuffer());
  });
  return [...sequential, ...(await Promise.all(progressive))];
}

const pngSeeds = () => goldenFiles("opencv", /\.png$/);

const repair: NonNullable<FuzzReader["repair"]> = (bytes, random) =>
  once(random, 4) ? bytes : repairPngChecksums(bytes);

const inNode = reads((bytes) => decodeGray(bytes));
const inPage = reads((bytes) => decodeGrayPortable(bytes, { name: "fuzz", jpegCodec: nodeCodecs.jpeg }));

/** One thread, with the time limit of the product. */
async function openDicom() {
  const threads = new DecodeThreads({ threads: 1 });
  return {
    // Without its first bytes a DICOM file is another format to us, and libvips' turn.
    read: (bytes: Uint8Array) => readRadiograph(bytes, { threads }),
    close: () => threads.close(),
  };
}

export const pictureReaders: readonly FuzzReader[] = [
  { name: "jpeg", weight: 30, seeds: jpegSeeds, structured: hostileJpeg, open: inNode },
  { name: "jpeg in the page", weight: 10, seeds: jpegSeeds, structured: hostileJpeg, open: inPage },
  { name: "png", weight: 30, seeds: pngSeeds, repair, structured: hostilePng, open: inNode },
  { name: "png in the page", weight: 20, seeds: pngSeeds, repair, structured: hostilePng, open: inPage },
  {
    name: "dicom",
    weight: 20,
    seeds: () => goldenFiles("dicom", /\.dcm$/),
    structured: hostileDicom,
    open: openDicom,
  },
  {
    name: "dicom in the page",
    weight: 15,
    seeds: () => goldenFiles("dicom", /\.dcm$/),
    structured: hostileDicom,
    open: reads((bytes) => decodeDicom(bytes, { name: "fuzz", codecs: nodeCodecs.dicom })),
  },
];
