// Colour JPEG does not say reliably whether its components are RGB or YCbCr; DICOM files say it beside it. Where the file
// says RGB and the JPEG says nothing, an Adobe marker is put in, so that libjpeg does not guess YCbCr (PS3.5 8.2.1).

/** APP14 "Adobe" with transform 0: the components are what they are. */
const adobeMarker = Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0);

/** The JPEG with its colour declared to be RGB, unless it declares its colour itself. */
export function declareRgb(jpeg: Uint8Array): Uint8Array {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  const kept: Uint8Array[] = [jpeg.subarray(0, 2), adobeMarker];
  let at = 2;
  // Application segments come first; a JFIF one would make libjpeg take YCbCr for granted and is left out.
  while (at + 4 <= jpeg.length && (view.getUint16(at) & 0xfff0) === 0xffe0) {
    if (view.getUint16(at) === 0xffee) return jpeg;
    const end = at + 2 + view.getUint16(at + 2);
    if (view.getUint16(at) !== 0xffe0) kept.push(jpeg.subarray(at, end));
    at = end;
  }
  kept.push(jpeg.subarray(at));
  const result = new Uint8Array(kept.reduce((sum, { length }) => sum + length, 0));
  let to = 0;
  for (const part of kept) {
    result.set(part, to);
    to += part.length;
  }
  return result;
}
