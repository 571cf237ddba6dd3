// Bytes of a DICOM file to its attributes and the place of its pixels, by the library dicom-parser. Nothing is decoded
// here. Of what the library throws only its words are kept, which name functions and offsets; the partly read data set
// that can hang on it is dropped, for it holds data of the patient.
import dicomParser, { type ByteStream, type DataSet } from "dicom-parser";
import { AppError, messageOf } from "../../core/errors.js";
import type { ImageLimits } from "../image-limits.js";
import type { ImageWarning } from "../image-warning.js";
import { Attributes } from "./attributes.js";
import { inflateBounded } from "./inflate-bounded.js";
import { guessEncoding, type Part10, readPart10 } from "./part-10.js";
import {
  describeSyntax,
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  type TransferSyntax,
  transferSyntaxes,
} from "./transfer-syntax.js";

export interface DicomFile {
  readonly attributes: Attributes;
  readonly syntax: TransferSyntax;
  /** The data set as it is after inflating; `pixelData` points into it. */
  readonly bytes: Uint8Array;
  readonly pixelData: PixelData | undefined;
  readonly warnings: readonly ImageWarning[];
}

export interface PixelData {
  readonly start: number;
  /** In bytes, as declared; undefined for encapsulated (compressed) pixels, whose items carry their lengths. */
  readonly length: number | undefined;
  readonly vr: string | undefined;
}

/** Some writers mix the two little-endian forms up; the first element tells them apart. */
const other = new Map([
  [explicitLittleEndian, implicitLittleEndian],
  [implicitLittleEndian, explicitLittleEndian],
]);

const directoryClass = "1.2.840.10008.1.3.10";

/**
 * Parses up to the pixel data.
 * @throws AppError DICOM_UNREADABLE, DICOM_UNSUPPORTED, DICOM_NO_IMAGE, IMAGE_TOO_LARGE (inflated)
 */
export function parseDicomFile(bytes: Uint8Array, place: string, limits: ImageLimits): DicomFile {
  const part10 = readPart10(bytes);
  if (part10.mediaStorageSopClass === directoryClass) {
    throw new AppError("DICOM_NO_IMAGE", {
      place,
      rule: "must hold an image",
      received: "a DICOMDIR, the index of a disc",
      remedy: "Name the folder of the images themselves",
    });
  }
  const stored = bytes.subarray(part10.start);
  const uid = part10.transferSyntax ?? guessEncoding(stored);
  if (uid === undefined) {
    throw unreadable(place, `${stored.length} bytes after the header that are no data set`);
  }
  const syntax = transferSyntaxes[uid];
  if (syntax === undefined) {
    throw new AppError("DICOM_UNSUPPORTED", {
      place,
      rule: "the transfer syntax must be one of those in docs/dicom.md",
      received: describeSyntax(uid),
      remedy: "Convert the file to an uncompressed one",
    });
  }
  const dataSetBytes = syntax.isDeflated ? inflate(stored, place, limits) : stored;
  const declared = syntax.isDeflated || syntax.encoding !== "raw" ? explicitLittleEndian : uid;
  const isOther = !syntax.isBigEndian && guessEncoding(dataSetBytes) === other.get(declared);
  const dataSet = parse(dataSetBytes, (isOther ? other.get(declared) : undefined) ?? declared, place);
  const element = dataSet.elements.x7fe00010;
  return {
    attributes: new Attributes(dataSet, syntax.isBigEndian, place),
    syntax,
    bytes: dataSetBytes,
    pixelData: element && {
      start: element.dataOffset,
      length: element.hadUndefinedLength === true ? undefined : element.length,
      vr: element.vr,
    },
    warnings: headerWarnings(part10, isOther),
  };
}

function headerWarnings(part10: Part10, isOther: boolean): readonly ImageWarning[] {
  const warnings: ImageWarning[] = [];
  if (!part10.isComplete) {
    const message =
      part10.transferSyntax === undefined
        ? "The file does not say how it is encoded; its first bytes decided."
        : "The file lacks the preamble of DICOM files; it was read without.";
    warnings.push({ code: "HEADER_INCOMPLETE", message });
  }
  if (isOther) {
    const message = "The attributes are encoded otherwise than the file says; their first bytes decided.";
    warnings.push({ code: "ENCODING_MISMATCH", message });
  }
  return warnings;
}

/**
 * Numbers that the attributes before the pixels may need, up to five for each. Radiographs have some hundreds of
 * attributes; a file of 100 MB can hold ten million, which would take all memory there is.
 */
const maxReads = 500_000;

function parse(bytes: Uint8Array, transferSyntax: string, place: string): DataSet {
  const isBigEndian = transferSyntax === explicitBigEndian;
  const byteArrayParser = isBigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  // The library's class for this has no type; its readers use these members.
  const dataSet = { byteArray: bytes, byteArrayParser, elements: {}, warnings: [] } as unknown as DataSet;
  const untilPixels = { untilTag: "x7fe00010" };
  try {
    const stream = new dicomParser.ByteStream(byteArrayParser, bytes, 0);
    boundReads(stream);
    knowNewVrs(stream);
    if (transferSyntax === implicitLittleEndian) {
      dicomParser.parseDicomDataSetImplicit(dataSet, stream, bytes.length, untilPixels);
    } else {
      dicomParser.parseDicomDataSetExplicit(dataSet, stream, bytes.length, untilPixels);
    }
    return dataSet;
  } catch (thrown) {
    const cause = new Error(messageOf(thrown));
    throw unreadable(place, "attributes that do not fit together, or hundreds of thousands of them", cause);
  }
}

/** Every tag, in sequences too, is read through this member of the stream. */
function boundReads(stream: ByteStream): void {
  const read = stream.readUint16.bind(stream);
  let reads = 0;
  stream.readUint16 = () => {
    if (++reads > maxReads) throw new RangeError("too many attributes");
    return read();
  };
}

/**
 * The library dates from before SV, UV and OV (64-bit integers, of 2019) and takes their reserved bytes (PS3.5 7.1.2) for
 * the length. It reads every VR, and nothing else, through this member of the stream; OD has the same form.
 */
function knowNewVrs(stream: ByteStream): void {
  const read = stream.readFixedString.bind(stream);
  stream.readFixedString = (length) => {
    const text = read(length);
    return /^[SUO]V$/.test(text) ? "OD" : text;
  };
}

function inflate(bytes: Uint8Array, place: string, { maxBytes }: ImageLimits): Uint8Array {
  let inflated: Uint8Array | undefined;
  try {
    inflated = inflateBounded(bytes, maxBytes);
  } catch (thrown) {
    throw unreadable(place, "a deflated data set that cannot be inflated", thrown);
  }
  if (inflated !== undefined) return inflated;
  throw new AppError("IMAGE_TOO_LARGE", {
    place,
    rule: `a data set may have ${maxBytes} bytes at most`,
    received: `one of ${bytes.length} bytes that inflates to more`,
    remedy: "Store it uncompressed",
  });
}

function unreadable(place: string, received: string, cause?: unknown): AppError {
  return new AppError(
    "DICOM_UNREADABLE",
    {
      place,
      rule: "must be a whole DICOM file",
      received: `${received}: it is damaged, cut short or encrypted`,
      remedy: "Copy or export it again",
    },
    { cause },
  );
}
