// Whether a file is a JPEG or PNG picture. What is in it, jpeg-file.ts and png-file.ts say.

/** "jpeg" or "png" by the first bytes, else undefined. */
export function rasterFormat(bytes: Uint8Array): "jpeg" | "png" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  if (bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47) return "png";
  return undefined;
}
