// Whether the three components of a baseline JPEG are RGB or luma and chroma. Markers inside the JPEG decide, for they come
// from the encoder; only where there are none does the DICOM file's label (PS3.5 8.2.1), which archives rewrite and forget.
import { concatBytes } from "../../concat-bytes.js";
import { type ColourMarks, componentsAreRgb, statesRgb, takeColourMark } from "../../jpeg-colour.js";

export type JpegColour = "rgb" | "ybr";

/** What the JPEG says of its three components, or undefined where it says nothing. */
export function statedColour(jpeg: Uint8Array): JpegColour | undefined {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  const marks: ColourMarks = { hasJfif: false, adobeTransform: undefined };
  for (let at = 2; at + 4 <= jpeg.length; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) {
      at++; // fill byte
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    const segment = jpeg.subarray(at + 4, end);
    takeColourMark(marks, marker & 255, segment);
    if (marker >= 0xffc0 && marker <= 0xffc2) return colourOfFrame(segment, marks);
    at = end;
  }
  return named(statesRgb(marks, []));
}

/** By the marks before it, else by the components' names, else by their sampling: only chroma is ever stored in fewer samples. */
function colourOfFrame(segment: Uint8Array, marks: ColourMarks): JpegColour | undefined {
  const components = [0, 1, 2].map((i) => segment.subarray(6 + 3 * i, 9 + 3 * i));
  const names = components.map(([name = 0]) => name);
  const stated = named(statesRgb(marks, names));
  if (stated !== undefined) return stated;
  if (String.fromCharCode(...names) === "rgb") return "rgb";
  const isSubsampled = components.some(([, sampling]) => sampling !== components[0]?.[1]);
  return isSubsampled ? "ybr" : undefined;
}

const named = (isRgb: boolean | undefined): JpegColour | undefined =>
  isRgb === undefined ? undefined : isRgb ? "rgb" : "ybr";

/** The JPEG with a mark by which libjpeg takes its components for RGB. For one that has no JFIF mark. */
export const declareRgb = (jpeg: Uint8Array): Uint8Array =>
  concatBytes([jpeg.subarray(0, 2), componentsAreRgb, jpeg.subarray(2)]);
