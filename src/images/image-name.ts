// Which files of a folder are taken for images: by name, so that a folder is listed without reading its files.
// What a file really is, decode-gray.ts finds out from its first bytes.

/** Whether a file name ends like a JPEG or PNG image's. */
export function isImageName(name: string): boolean {
  return /\.(jpe?g|png)$/i.test(name);
}
