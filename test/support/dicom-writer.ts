// Writes DICOM files for tests that need what no encoder makes: missing, contradicting and hostile attributes. Whole
// files that must decode right come from real encoders (test/golden/dicom).

/** A tag such as 0x00280010, its VR, and its value: text, 16-bit words, bytes, or the items of a sequence. */
export type DicomElement = readonly [tag: number, vr: string, value: ElementValue, declaredLength?: number];
type ElementValue = string | number | readonly number[] | Uint8Array | readonly (readonly DicomElement[])[];

export const explicitLittleEndianUid = "1.2.840.10008.1.2.1";

/** The attributes of a sound 12-bit picture of this size, except its pixels. */
export function pictureElements(columns: number, rows: number, more: readonly DicomElement[] = []): DicomElement[] {
  const own: readonly DicomElement[] = [
    [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.1"],
    [0x00080060, "CS", "CR"],
    [0x00100010, "PN", "SECRET^NAME"],
    [0x00100020, "LO", "SECRET-ID"],
    [0x00280002, "US", 1],
    [0x00280004, "CS", "MONOCHROME2"],
    [0x00280010, "US", rows],
    [0x00280011, "US", columns],
    [0x00280100, "US", 16],
    [0x00280101, "US", 12],
    [0x00280102, "US", 11],
    [0x00280103, "US", 0],
    [0x00281050, "DS", "2048"],
    [0x00281051, "DS", "4096"],
  ];
  const byTag = new Map([...own, ...more].map((element) => [element[0], element]));
  return [...byTag.values()].sort((a, b) => a[0] - b[0]);
}

/** A gradient of 12 bits, [rows, columns], as little-endian words. */
export function gradient(columns: number, rows: number): Uint8Array {
  return new Uint8Array(Uint16Array.from({ length: columns * rows }, (_, i) => (i * 31) % 4096).buffer);
}

export interface FileParts {
  readonly elements: readonly DicomElement[];
  readonly syntax?: string;
  /** Default "whole"; "none" leaves preamble and meta information out, "no preamble" only the first 132 bytes. */
  readonly header?: "whole" | "none" | "no preamble";
}

/** An explicit little-endian file, whatever `syntax` says of it. */
export function dicomFile({ elements, syntax = explicitLittleEndianUid, header = "whole" }: FileParts): Uint8Array {
  const meta = header === "none" ? [] : [encode([0x00020010, "UI", syntax])];
  const preamble = header === "whole" ? [new Uint8Array(128), latin1("DICM")] : [];
  return join([...preamble, ...meta, ...elements.map(encode)]);
}

/** Compressed pixel data: an item per fragment after an empty offset table. */
export function encapsulated(fragments: readonly Uint8Array[]): Uint8Array {
  const item = (bytes: Uint8Array) => join([words32(0xe000fffe, bytes.length), bytes]);
  return join([item(new Uint8Array(0)), ...fragments.map(item), words32(0xe0ddfffe, 0)]);
}

function encode([tag, vr, value, declared]: DicomElement): Uint8Array {
  const bytes = bytesOf(value);
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint16(0, tag >>> 16, true);
  new DataView(head.buffer).setUint16(2, tag & 0xffff, true);
  const length = declared ?? bytes.length;
  const isLong = ["OB", "OF", "OW", "SQ", "UN", "UT"].includes(vr);
  const size = isLong ? join([new Uint8Array(2), words32(length)]) : new Uint8Array(Uint16Array.of(length).buffer);
  return join([head, latin1(vr), size, bytes]);
}

function bytesOf(value: ElementValue): Uint8Array {
  if (typeof value === "string") return latin1(value.length % 2 === 0 ? value : `${value} `);
  if (typeof value === "number") return new Uint8Array(Uint16Array.of(value).buffer);
  if (value instanceof Uint8Array) return value;
  if (value.every((entry) => typeof entry === "number")) return new Uint8Array(Uint16Array.from(value).buffer);
  return join(
    (value as readonly (readonly DicomElement[])[]).map((item) => {
      const content = join(item.map(encode));
      return join([words32(0xe000fffe, content.length), content]);
    }),
  );
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

const words32 = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

function join(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
