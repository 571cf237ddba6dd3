// A JPEG's frame header (ITU-T T.81, B.2.2): what kind of JPEG it is, its size and its components.
import { damaged, unsupportedKind } from "./picture-errors.js";

export interface JpegComponent {
  readonly id: number;
  /** Sampling factors, 1..4: blocks in each unit of the interleaved data, across and down. */
  readonly across: number;
  readonly down: number;
  readonly quantization: number;
}

export interface JpegFrame {
  /** 0xc0 baseline, 0xc1 extended sequential, 0xc2 progressive; all Huffman-coded. */
  readonly code: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
}

const saveOtherwise = "Save it as 16-bit PNG or DICOM";

/** Whether a marker begins a frame, of whatever kind; 0xf7 is JPEG-LS'. */
export const isFrameMarker = (code: number): boolean =>
  (code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc) || code === 0xf7;

/** Blocks of 8x8 values that are stored of a component: whole units of all components (T.81, A.2.4). */
export function blocksOf({ width, height, components }: JpegFrame, { across, down }: JpegComponent): number {
  const unitWidth = 8 * Math.max(...components.map((each) => each.across));
  const unitHeight = 8 * Math.max(...components.map((each) => each.down));
  return Math.ceil(width / unitWidth) * across * Math.ceil(height / unitHeight) * down;
}

/** @param body what follows the segment's length. @throws AppError IMAGE_UNREADABLE for kinds that are not read */
export function parseFrame(code: number, body: Uint8Array, name: string): JpegFrame {
  const kind = kindOf(code);
  if (kind !== undefined) throw unsupportedKind(name, kind, saveOtherwise);
  const [precision, h1 = 0, h0 = 0, w1 = 0, w0 = 0, count = 0] = body;
  if (body.length !== 6 + 3 * count) throw damaged(name, "its frame header has a wrong length");
  if (precision !== 8) throw unsupportedKind(name, `a ${precision}-bit JPEG`, saveOtherwise);
  if (count !== 1 && count !== 3) {
    throw unsupportedKind(name, `${count} colour components`, "Save it as grey JPEG or PNG");
  }
  const components = Array.from({ length: count }, (_, i) => {
    const [id = 0, factors = 0, quantization = 0] = body.subarray(6 + 3 * i);
    return { id, across: factors >> 4, down: factors & 15, quantization };
  });
  const isFactor = (value: number) => value >= 1 && value <= 4;
  if (!components.every(({ across, down }) => isFactor(across) && isFactor(down))) {
    throw damaged(name, "its sampling factors are out of range");
  }
  return { code, height: (h1 << 8) | h0, width: (w1 << 8) | w0, components };
}

function kindOf(code: number): string | undefined {
  switch (code) {
    case 0xc0:
    case 0xc1:
    case 0xc2:
      return undefined;
    case 0xc3:
      return "a lossless JPEG";
    case 0xf7:
      return "a JPEG-LS image";
    case 0xc9:
    case 0xca:
    case 0xcb:
      return "an arithmetic-coded JPEG";
    default:
      return "a hierarchical JPEG";
  }
}
