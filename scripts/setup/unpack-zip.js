// Unpacking chosen entries of a zip file through yauzl, which refuses absolute names, "..", and backslashes.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { SetupError } from "./report.js";

/** Limit for all unpacked bytes: libtorch's CPU wheel unpacks to about 0.6 GB. */
const maxBytes = 4e9;

/**
 * Unpacks the entries that `isWanted` accepts into `folder`.
 * @param {string} file
 * @param {string} folder
 * @param {(name: string) => boolean} isWanted
 */
export async function unpackZip(file, folder, isWanted) {
  // Imported here: set-up's first step installs it.
  const { openPromise } = await import("yauzl");
  const zip = await openPromise(file);
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/") || !isWanted(entry.fileName)) continue;
      bytes += entry.uncompressedSize;
      if (bytes > maxBytes) {
        throw new SetupError(`${file} unpacks to more than it should.`, {
          why: `the limit is ${maxBytes / 1e9} GB.`,
          fix: `rm ${file} && npm run setup`,
        });
      }
      const path = join(folder, entry.fileName);
      await mkdir(dirname(path), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
    }
  } finally {
    zip.close();
  }
}
