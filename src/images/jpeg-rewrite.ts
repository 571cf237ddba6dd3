// A JPEG put together again so that every decoder gives the pixels that OpenCV gives, and tells of all damage.
//
// Luma. OpenCV asks libjpeg for Y alone; libvips gives RGB, from which Y cannot be had again where it was clipped. So the
// file says that its components are RGB already (Adobe's marker with transform 0, no JFIF): the first channel is Y.
//
// Blocks in one row. Where chroma is halved downwards, the blocks of one unit, 2x2 of Y, are declared as 4x1: the
// entropy-coded data is the same, and the stored plane is put in order afterwards (`arrange`). Then every row of units is
// 8 rows of pixels high, which the next point needs, and libjpeg has no rows of context to decode ahead.
//
// One row more. libvips looks at libjpeg's warnings before each strip of 8 rows, never after the last, so damage in it
// would not be noticed. `extraRow` declares one more strip than there is: it has no data, hence is grey, and is cut off.
// Where it is not grey, the file holds more data than its size needs.
import { concatBytes } from "./concat-bytes.js";
import { componentsAreRgb } from "./jpeg-colour.js";
import type { JpegFile } from "./jpeg-file.js";
import type { JpegComponent } from "./jpeg-frame.js";

export interface RewrittenJpeg {
  readonly bytes: Uint8Array;
  /** Of the stored plane, the extra row included. */
  readonly storedWidth: number;
  readonly storedHeight: number;
  /** Width of a unit in the stored plane, in pixels. */
  readonly unitWidth: number;
  /** Blocks of the first component in a unit, as they lie in the image. */
  readonly across: number;
  readonly down: number;
  readonly hasExtraRow: boolean;
}

/** The largest side that libjpeg takes. */
const maxSide = 65_500;

export function rewriteJpeg(file: JpegFile, { extraRow }: { readonly extraRow: boolean }): RewrittenJpeg {
  const { frame, hasOneScan } = file;
  const layout = hasOneScan ? blocksInRows(file) : undefined;
  const hasExtraRow = extraRow && layout !== undefined;
  const storedWidth = layout?.width ?? frame.width;
  const storedHeight = hasExtraRow ? layout.height + 8 : (layout?.exactHeight ?? frame.height);
  const components = layout?.components ?? frame.components;
  const header = frameHeader(frame.code, storedWidth, storedHeight, components);
  const mark = components.length === 1 ? [] : [componentsAreRgb];
  const parts = [startOfImage, ...mark, ...file.before, header, ...file.after, endOfImage];
  return {
    bytes: concatBytes(parts),
    storedWidth,
    storedHeight,
    unitWidth: 8 * Math.max(...components.map(({ across }) => across)),
    across: layout?.across ?? 1,
    down: layout?.down ?? 1,
    hasExtraRow,
  };
}

/**
 * The image in the stored plane: [storedHeight, storedWidth, step] -> [height, width], of each pixel the first value.
 * @param step values for each stored pixel
 */
export function arrange(
  stored: Uint8Array,
  step: number,
  { storedWidth, across, down }: RewrittenJpeg,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  if (down === 1 && step === 1 && storedWidth === width) return stored.subarray(0, width * height);
  const result = new Uint8Array(width * height);
  const run = down === 1 ? storedWidth : 8 * across;
  for (let y = 0, to = 0; y < height; y++) {
    const unitRow = Math.floor(y / (8 * down));
    const blockRow = (y >> 3) - unitRow * down;
    let from = ((8 * unitRow + (y & 7)) * storedWidth + run * blockRow) * step;
    for (let left = width; left > 0; left -= run) {
      for (const end = to + Math.min(run, left); to < end; to++, from += step) result[to] = stored[from] as number;
      from += run * (down - 1) * step;
    }
  }
  return result;
}

/** Whether data remained after the last block. Its first unit is no sign: libjpeg fills it from the last byte's bits. */
export function hasDataLeft(stored: Uint8Array, step: number, rewritten: RewrittenJpeg): boolean {
  const { storedWidth, storedHeight, unitWidth, hasExtraRow } = rewritten;
  if (!hasExtraRow) return false;
  for (let y = storedHeight - 8; y < storedHeight; y++) {
    for (let x = unitWidth; x < storedWidth; x++) if (stored[(y * storedWidth + x) * step] !== 128) return true;
  }
  return false;
}

interface Layout {
  readonly components: readonly JpegComponent[];
  readonly width: number;
  /** Whole rows of units. */
  readonly height: number;
  /** As far as the image reaches. */
  readonly exactHeight: number;
  readonly across: number;
  readonly down: number;
}

/** Undefined where the blocks cannot be declared so without another result: luma sampled coarser than chroma. */
function blocksInRows({ frame, colour }: JpegFile): Layout | undefined {
  const { width, height, components } = frame;
  const [first] = components as readonly [JpegComponent, ...JpegComponent[]];
  // One component is stored block by block whatever its factors say (T.81, A.2.2).
  const isAlone = components.length === 1;
  const across = isAlone ? 1 : first.across;
  const down = isAlone ? 1 : first.down;
  if (!isAlone && components.some((other) => other.across > across || other.down > down)) return undefined;
  const inRow = components.map((component) => ({
    ...component,
    across: isAlone ? 1 : component.across * component.down,
    down: 1,
  }));
  const rows = Math.ceil(height / (8 * down));
  const stored = {
    components: inRow,
    width: down === 1 ? width : Math.ceil(width / (8 * across)) * 8 * across * down,
    height: 8 * rows,
    exactHeight: down === 1 ? height : 8 * rows,
    across,
    down,
  };
  const isTooLarge = stored.width > maxSide || stored.height + 8 > maxSide || across * down > 4;
  const mixesRows = colour === "rgb" && down > 1;
  return isTooLarge || mixesRows ? undefined : stored;
}

const startOfImage = Uint8Array.of(0xff, 0xd8);
const endOfImage = Uint8Array.of(0xff, 0xd9);

function frameHeader(code: number, width: number, height: number, components: readonly JpegComponent[]): Uint8Array {
  const length = 8 + 3 * components.length;
  const named = components.flatMap(({ id, across, down, quantization }) => [id, (across << 4) | down, quantization]);
  const sides = [height >> 8, height & 255, width >> 8, width & 255];
  return Uint8Array.of(0xff, code, 0, length, 8, ...sides, components.length, ...named);
}
