// Whether the three components of a baseline JPEG are RGB or luma and chroma. Markers inside the JPEG decide, in
// libjpeg's order (jdapimin.c), for they come from the encoder; only where there are none does the DICOM file's label
// (PS3.5 8.2.1), which archives rewrite and forget.

export type JpegColour = "rgb" | "ybr";

const jfif = [0x4a, 0x46, 0x49, 0x46, 0];
const adobe = [0x41, 0x64, 0x6f, 0x62, 0x65];

/** APP14 "Adobe" with transform 0: the components are what they are. */
const declaration = Uint8Array.of(0xff, 0xee, 0, 14, ...adobe, 0, 100, 0, 0, 0, 0, 0);

/** Bytes of libjpeg's APP0_DATA_LEN and APP14_DATA_LEN; shorter segments are not JFIF's and Adobe's. */
const [jfifLength, adobeLength] = [14, 12];

/** What the JPEG says of its three components, or undefined where it says nothing. */
export function statedColour(jpeg: Uint8Array): JpegColour | undefined {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  let byAdobe: JpegColour | undefined;
  for (let at = 2; at + 4 <= jpeg.length; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) {
      at++; // fill byte
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    const segment = jpeg.subarray(at + 4, end);
    if (marker === 0xffe0 && segment.length >= jfifLength && begins(segment, jfif)) return "ybr";
    if (marker === 0xffee && segment.length >= adobeLength && begins(segment, adobe)) {
      byAdobe = segment[11] === 0 ? "rgb" : "ybr";
    }
    if (marker >= 0xffc0 && marker <= 0xffc2) return byAdobe ?? colourOfFrame(segment);
    at = end;
  }
  return byAdobe;
}

/** By the components' names, else by their sampling: only chroma is ever stored in fewer samples. */
function colourOfFrame(segment: Uint8Array): JpegColour | undefined {
  const components = [0, 1, 2].map((i) => segment.subarray(6 + 3 * i, 9 + 3 * i));
  const names = String.fromCharCode(...components.map(([name = 0]) => name));
  if (names === "RGB" || names === "rgb") return "rgb";
  const isSubsampled = components.some(([, sampling]) => sampling !== components[0]?.[1]);
  return isSubsampled ? "ybr" : undefined;
}

/** The JPEG with a mark by which libjpeg takes its components for RGB. For one that has no JFIF mark. */
export function declareRgb(jpeg: Uint8Array): Uint8Array {
  const result = new Uint8Array(jpeg.length + declaration.length);
  result.set(jpeg.subarray(0, 2));
  result.set(declaration, 2);
  result.set(jpeg.subarray(2), 2 + declaration.length);
  return result;
}

const begins = (bytes: Uint8Array, start: readonly number[]): boolean => start.every((byte, i) => bytes[i] === byte);
