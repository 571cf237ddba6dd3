// A JPEG file taken apart without decoding a pixel: frame, tables, scans, orientation and colour (ITU-T T.81, annex B).
// It follows libjpeg's marker reader: what libjpeg passes over, this passes over, so that the parts can be put together
// again (jpeg-rewrite.ts) without what decoders disagree on: JFIF, colour profiles, comments, stray bytes.
import { exifOrientation } from "./exif-orientation.js";
import { maxParts, maxScans } from "./image-limits.js";
import { type ColourMarks, startsWith, statesRgb, takeColourMark } from "./jpeg-colour.js";
import { blocksOf, isFrameMarker, type JpegFrame, parseFrame } from "./jpeg-frame.js";
import { cutShort, damaged, tooCostly } from "./picture-errors.js";

export interface JpegFile {
  readonly format: "jpeg";
  readonly frame: JpegFrame;
  /** EXIF orientation, 1..8; 1 where the file has none. */
  readonly orientation: number;
  /** What the three components mean; "grey" where there is one. */
  readonly colour: "grey" | "ycc" | "rgb";
  /** Tables and scans, in the file's order: what stands before the frame header, and what after it. */
  readonly before: readonly Uint8Array[];
  readonly after: readonly Uint8Array[];
  /** Whether one scan holds everything: libjpeg then decodes row by row. */
  readonly hasOneScan: boolean;
  /** Blocks of all components, and how often scans visit one: what decoding costs. */
  readonly blocks: number;
  readonly blockVisits: number;
}

interface Walk {
  readonly bytes: Uint8Array;
  readonly name: string;
  frame: JpegFrame | undefined;
  orientation: number;
  readonly marks: ColourMarks;
  /** MCUs between restart markers, 0: none. */
  restartInterval: number;
  scans: number;
  blockVisits: number;
  /** For each component, the bit down to which each of its 64 coefficients is known; -1: nothing. */
  readonly knownBits: Map<number, Int8Array>;
  readonly before: Uint8Array[];
  readonly after: Uint8Array[];
}

/** @throws AppError IMAGE_UNREADABLE, IMAGE_TRUNCATED, IMAGE_TOO_COSTLY */
export function readJpegFile(bytes: Uint8Array, name: string): JpegFile {
  const walk: Walk = {
    bytes,
    name,
    frame: undefined,
    orientation: 1,
    marks: { hasJfif: false, adobeTransform: undefined },
    restartInterval: 0,
    scans: 0,
    blockVisits: 0,
    knownBits: new Map(),
    before: [],
    after: [],
  };
  let parts = 0;
  for (let at: number | undefined = 2; at !== undefined; ) {
    if (++parts > maxParts) throw tooCostly(name, `a JPEG may have ${maxParts} segments at most`, "one with more");
    at = nextSegment(walk, at);
  }
  const { frame } = walk;
  if (frame === undefined || walk.scans === 0) throw damaged(name, "it holds no pixels");
  if (!isComplete(walk, frame)) throw damaged(name, "a part of its data is missing");
  return {
    format: "jpeg",
    frame,
    orientation: walk.orientation,
    colour: colourOf(walk.marks, frame),
    before: walk.before,
    after: walk.after,
    hasOneScan: walk.scans === 1 && frame.code !== progressive,
    blocks: frame.components.reduce((sum, component) => sum + blocksOf(frame, component), 0),
    blockVisits: walk.blockVisits,
  };
}

function colourOf(marks: ColourMarks, { components }: JpegFrame): JpegFile["colour"] {
  if (components.length === 1) return "grey";
  const names = components.map(({ id }) => id);
  return statesRgb(marks, names) === true ? "rgb" : "ycc";
}

const progressive = 0xc2;
const [startOfImage, endOfImage, startOfScan] = [0xd8, 0xd9, 0xda];
const [huffmanTable, quantizationTable, restartInterval] = [0xc4, 0xdb, 0xdd];
const isRestart = (code: number) => code >= 0xd0 && code <= 0xd7;

/** Takes one segment in; where the next may begin, or undefined at the image's end. */
function nextSegment(walk: Walk, from: number): number | undefined {
  const { bytes, name } = walk;
  const at = markerFrom(bytes, from);
  if (at === undefined) throw cutShort(name);
  const code = bytes[at] as number;
  if (code === endOfImage) return undefined;
  if (isRestart(code) || code === 1) return at + 1;
  const isOver = walk.frame !== undefined && walk.scans > 0 && isComplete(walk, walk.frame);
  if (code === startOfImage || !isKnown(code)) {
    if (isOver) return undefined;
    throw damaged(name, `marker 0x${code.toString(16)} stands where none may`);
  }
  if (at + 3 > bytes.length) throw cutShort(name);
  const length = ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  const end = at + 1 + length;
  if (length < 2) throw damaged(name, "a segment has no length");
  if (end > bytes.length) throw cutShort(name);
  const body = bytes.subarray(at + 3, end);
  if (code === startOfScan) return takeScan(walk, at - 1, end, body);
  takeSegment(walk, code, body, bytes.subarray(at - 1, end));
  return end;
}

/** The place of the next marker's code: after 0xff, itself neither 0 (a stuffed byte) nor 0xff (a fill byte). */
function markerFrom(bytes: Uint8Array, from: number): number | undefined {
  for (let at = nextMark(bytes, from); at !== -1; at = nextMark(bytes, at + 1)) {
    const code = bytes[at + 1];
    if (code !== undefined && code !== 0 && code !== 0xff) return at + 1;
  }
  return undefined;
}

/** Near ones are found by hand: in bytes full of them, calls would take half a second for each 10 MB. */
function nextMark(bytes: Uint8Array, from: number): number {
  const near = Math.min(from + 32, bytes.length);
  for (let at = from; at < near; at++) if (bytes[at] === 0xff) return at;
  return bytes.indexOf(0xff, near);
}

function isKnown(code: number): boolean {
  const isApplication = code >= 0xe0 && code <= 0xef;
  return isFrameMarker(code) || isApplication || [0xc4, 0xcc, 0xda, 0xdb, 0xdc, 0xdd, 0xfe].includes(code);
}

function takeSegment(walk: Walk, code: number, body: Uint8Array, segment: Uint8Array): void {
  const { name } = walk;
  if (isFrameMarker(code)) {
    if (walk.frame !== undefined) throw damaged(name, "it has two frame headers");
    walk.frame = parseFrame(code, body, name);
    return;
  }
  switch (code) {
    case restartInterval:
      if (body.length !== 2) throw damaged(name, "its restart interval has a wrong length");
      walk.restartInterval = ((body[0] as number) << 8) | (body[1] as number);
      break;
    case huffmanTable:
    case quantizationTable:
      break;
    case 0xe0:
    case 0xee:
      takeColourMark(walk.marks, code, body);
      return;
    case 0xe1:
      if (startsWith(body, "Exif\0\0")) walk.orientation = exifOrientation(body.subarray(6));
      return;
    default:
      return;
  }
  (walk.frame === undefined ? walk.before : walk.after).push(segment);
}

function takeScan(walk: Walk, start: number, dataStart: number, body: Uint8Array): number | undefined {
  const { bytes, name, frame } = walk;
  if (frame === undefined) throw damaged(name, "a scan stands before the frame header");
  const count = body[0] as number;
  if (count < 1 || count > 4 || body.length !== 4 + 2 * count) throw damaged(name, "a scan header has a wrong length");
  const isAll = count === frame.components.length && frame.code !== progressive;
  const end = scanEnd(bytes, dataStart, isAll ? restartsIn(frame, walk.restartInterval) : Number.POSITIVE_INFINITY);
  if (end === undefined) throw cutShort(name);
  const [first = 0, last = 0, bits = 0] = frame.code === progressive ? body.subarray(1 + 2 * count) : [0, 63, 0];
  for (let i = 0; i < count; i++) {
    const id = body[1 + 2 * i] as number;
    const known = walk.knownBits.get(id) ?? new Int8Array(64).fill(-1);
    walk.knownBits.set(id, known.fill(bits & 15, first, last + 1));
    const component = frame.components.find((each) => each.id === id);
    if (component !== undefined) walk.blockVisits += blocksOf(frame, component);
  }
  if (++walk.scans > maxScans) throw tooCostly(name, `a JPEG may have ${maxScans} scans at most`, "one with more");
  walk.after.push(bytes.subarray(start, end));
  if (frame.code === progressive || !isComplete(walk, frame)) return end;
  // Sequential data is whole once each component had its scan; what follows is no concern of the image, but that the end
  // is marked somewhere tells a file that was cut inside its data at what only looks like a marker.
  if (!isEndMarked(bytes, end)) throw cutShort(name);
  return undefined;
}

function isEndMarked(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.indexOf(endOfImage, from + 1); at !== -1; at = bytes.indexOf(endOfImage, at + 1)) {
    if (bytes[at - 1] === 0xff) return true;
  }
  return false;
}

/** Restart markers inside a scan of all components. libjpeg never reads past one that is too many. */
function restartsIn({ width, height, components }: JpegFrame, interval: number): number {
  if (interval === 0) return 0;
  const isInterleaved = components.length > 1;
  const across = isInterleaved ? Math.max(...components.map((component) => component.across)) : 1;
  const down = isInterleaved ? Math.max(...components.map((component) => component.down)) : 1;
  const units = Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down));
  return Math.ceil(units / interval) - 1;
}

/** Where entropy-coded data ends: at a marker. Undefined where the file ends first. */
function scanEnd(bytes: Uint8Array, from: number, maxRestarts: number): number | undefined {
  let restarts = 0;
  for (let at = markerFrom(bytes, from); at !== undefined; at = markerFrom(bytes, at + 1)) {
    if (!isRestart(bytes[at] as number) || restarts === maxRestarts) return at - 1;
    restarts++;
  }
  return undefined;
}

/** Whether every coefficient of every component has been sent to its last bit. */
function isComplete({ knownBits }: Walk, { components }: JpegFrame): boolean {
  return components.every(({ id }) => knownBits.get(id)?.every((bits) => bits === 0) ?? false);
}
