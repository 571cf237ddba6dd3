// What a JPEG's markers say of its three components, RGB or luma and chroma: in libjpeg's order (default_decompress_parms of
// jdapimin.c), for pictures and for JPEGs inside DICOM.

export interface ColourMarks {
  hasJfif: boolean;
  adobeTransform: number | undefined;
}

/** Bytes of libjpeg's APP0_DATA_LEN and APP14_DATA_LEN; shorter segments are not JFIF's and Adobe's. */
const [jfifLength, adobeLength] = [14, 12];

/** Takes in a segment, if it says something. @param body what follows the segment's length */
export function takeColourMark(marks: ColourMarks, code: number, body: Uint8Array): void {
  if (code === 0xe0 && body.length >= jfifLength && startsWith(body, "JFIF\0")) marks.hasJfif = true;
  if (code === 0xee && body.length >= adobeLength && startsWith(body, "Adobe")) marks.adobeTransform = body[11];
}

/** JFIF means luma and chroma, else Adobe's mark decides, else the components' names; undefined where nothing does. */
export function statesRgb({ hasJfif, adobeTransform }: ColourMarks, names: readonly number[]): boolean | undefined {
  if (hasJfif) return false;
  if (adobeTransform !== undefined) return adobeTransform === 0;
  return String.fromCharCode(...names) === "RGB" ? true : undefined;
}

/** APP14 "Adobe", version 100, no flags, transform 0: by it libjpeg takes components for what they are. */
export const componentsAreRgb = Uint8Array.of(0xff, 0xee, 0, 14, 65, 100, 111, 98, 101, 0, 100, 0, 0, 0, 0, 0);

export function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
