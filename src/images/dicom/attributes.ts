// The attributes of a data set that the product reads, by their keyword in the standard (PS3.6), with their values
// checked: a length that lies or a number that is none gives an error or nothing, never an exception of the library.
// Names, dates and identifiers of patients have no place in the first list, except the two that tell the age; the second
// holds the identifiers that the import of datasets makes keys of.
import { AppError } from "../../core/errors.js";

const tags = {
  MediaStorageSOPClassUID: "x00020002",
  SOPClassUID: "x00080016",
  StudyDate: "x00080020",
  AcquisitionDate: "x00080022",
  Modality: "x00080060",
  Manufacturer: "x00080070",
  PresentationIntentType: "x00080068",
  PatientBirthDate: "x00100030",
  PatientSex: "x00100040",
  PatientAge: "x00101010",
  BodyPartExamined: "x00180015",
  ImagerPixelSpacing: "x00181164",
  ViewPosition: "x00185101",
  SamplesPerPixel: "x00280002",
  PhotometricInterpretation: "x00280004",
  PlanarConfiguration: "x00280006",
  NumberOfFrames: "x00280008",
  Rows: "x00280010",
  Columns: "x00280011",
  PixelSpacing: "x00280030",
  PixelAspectRatio: "x00280034",
  BitsAllocated: "x00280100",
  BitsStored: "x00280101",
  HighBit: "x00280102",
  PixelRepresentation: "x00280103",
  PixelPaddingValue: "x00280120",
  PixelPaddingRangeLimit: "x00280121",
  BurnedInAnnotation: "x00280301",
  WindowCenter: "x00281050",
  WindowWidth: "x00281051",
  VOILUTFunction: "x00281056",
  RescaleIntercept: "x00281052",
  RescaleSlope: "x00281053",
  RedPaletteColorLookupTableDescriptor: "x00281101",
  GreenPaletteColorLookupTableDescriptor: "x00281102",
  BluePaletteColorLookupTableDescriptor: "x00281103",
  RedPaletteColorLookupTableData: "x00281201",
  GreenPaletteColorLookupTableData: "x00281202",
  BluePaletteColorLookupTableData: "x00281203",
  SegmentedRedPaletteColorLookupTableData: "x00281221",
  ModalityLUTSequence: "x00283000",
  LUTDescriptor: "x00283002",
  LUTData: "x00283006",
  VOILUTSequence: "x00283010",
  PresentationLUTShape: "x20500020",
  FloatPixelData: "x7fe00008",
  DoubleFloatPixelData: "x7fe00009",
} as const;

export type Keyword = keyof typeof tags;

/** Who was examined and when: never shown, logged, kept or written. */
const identifierTags = {
  SOPInstanceUID: "x00080018",
  AccessionNumber: "x00080050",
  PatientID: "x00100020",
  StudyInstanceUID: "x0020000d",
} as const;

export type IdentifierKeyword = keyof typeof identifierTags;

/** What is used of dicom-parser's DataSet. Its own types name Node's Buffer, which users in browsers would then have to know. */
interface DataSet {
  readonly byteArray: Uint8Array;
  readonly elements: Readonly<Record<string, Element>>;
}

interface Element {
  readonly dataOffset: number;
  readonly length: number;
  /** Of a sequence. */
  readonly items?: readonly { readonly dataSet?: DataSet }[];
}

/** A data set, or an item of a sequence. */
export class Attributes {
  readonly #dataSet: DataSet;
  readonly #isBigEndian: boolean;
  readonly #place: string;

  constructor(dataSet: DataSet, isBigEndian: boolean, place: string) {
    this.#dataSet = dataSet;
    this.#isBigEndian = isBigEndian;
    this.#place = place;
  }

  has(keyword: Keyword): boolean {
    const element = this.#element(keyword);
    return element !== undefined && element.length > 0;
  }

  /** The first value of a text attribute, trimmed, in capitals; "" when absent. For comparing, not for showing. */
  text(keyword: Keyword): string {
    return (this.#texts(keyword)[0] ?? "").toUpperCase();
  }

  /** An identifier as written, trimmed; "" when absent. */
  identifier(keyword: IdentifierKeyword): string {
    return this.#textsOf(keyword, identifierTags[keyword])[0] ?? "";
  }

  /** All values of a decimal text attribute (DS, IS); NaN for what is no number. */
  decimals(keyword: Keyword): readonly number[] {
    return this.#texts(keyword).map((text) =>
      /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN,
    );
  }

  /** 16-bit values (US, SS), read as unsigned; empty when absent. */
  words(keyword: Keyword): Uint16Array {
    const bytes = this.bytes(keyword);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, !this.#isBigEndian));
  }

  /** The first 16-bit value (US), or undefined. */
  word(keyword: Keyword): number | undefined {
    return this.words(keyword)[0];
  }

  /** The value as stored; empty when absent. */
  bytes(keyword: Keyword): Uint8Array {
    return this.#bytesOf(keyword, tags[keyword]);
  }

  /** The first item of a sequence, or undefined. */
  firstItem(keyword: Keyword): Attributes | undefined {
    const dataSet = this.#element(keyword)?.items?.[0]?.dataSet;
    return dataSet === undefined ? undefined : new Attributes(dataSet, this.#isBigEndian, this.#place);
  }

  #bytesOf(keyword: Keyword | IdentifierKeyword, tag: string): Uint8Array {
    const element = this.#dataSet.elements[tag];
    if (element === undefined) return new Uint8Array(0);
    const { byteArray } = this.#dataSet;
    const { dataOffset, length } = element;
    if (dataOffset + length > byteArray.length) {
      throw new AppError("DICOM_UNREADABLE", {
        place: this.#place,
        rule: "every value must lie inside the file",
        received: `a ${keyword} of ${length} bytes where ${Math.max(0, byteArray.length - dataOffset)} are left`,
        remedy: "Copy the file again",
      });
    }
    return byteArray.subarray(dataOffset, dataOffset + length);
  }

  #texts(keyword: Keyword): readonly string[] {
    return this.#textsOf(keyword, tags[keyword]);
  }

  #textsOf(keyword: Keyword | IdentifierKeyword, tag: string): readonly string[] {
    const bytes = this.#bytesOf(keyword, tag);
    if (bytes.length === 0) return [];
    const text = String.fromCharCode(...bytes.subarray(0, 1024));
    return text.split("\\").map((value) => value.replaceAll("\0", " ").trim());
  }

  #element(keyword: Keyword): Element | undefined {
    return this.#dataSet.elements[tags[keyword]];
  }
}
