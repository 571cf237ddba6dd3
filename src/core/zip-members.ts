// What a zip archive says that it holds, judged before a byte is unpacked: names that leave the folder, links, passwords and
// bombs are refused. yauzl itself refuses absolute names, "..", drive letters, and data longer or shorter than announced.
import { stat } from "node:fs/promises";
import type { Entry, ZipFile } from "yauzl";

/** What an archive may be. */
export interface ArchiveLimits {
  /** Files and folders. */
  readonly members: number;
  /** Bytes of all files unpacked. */
  readonly bytes: number;
  /** How many times its size a file, and the whole, may become: radiographs 2 at most, tables 20, a bomb about 1000. */
  readonly ratio: number;
  /** What may be smaller than the ratio says: text of one letter. */
  readonly alwaysBytes: number;
}

/** A zip archive whose members have passed. */
export interface OpenArchive {
  readonly zip: ZipFile;
  /** Files alone, without those of a Mac's Finder. */
  readonly files: readonly Entry[];
  readonly bytes: number;
}

/** What an archive holds that nobody wants; a rule told in the words of the error that its reader makes of it. */
export class ZipRefusal extends Error {
  readonly rule: string;
  constructor(rule: string, received: string) {
    super(received);
    this.rule = rule;
  }
}

/**
 * The caller closes `zip`.
 * @param source a path, or the archive's bytes
 * @throws ZipRefusal for what is judged here; else what the file system and yauzl say
 */
export async function openZip(source: string | Buffer, limits: ArchiveLimits): Promise<OpenArchive> {
  const { openPromise, fromBufferPromise } = await import("yauzl");
  const options = { autoClose: false, strictFileNames: false };
  const isPath = typeof source === "string";
  const size = isPath ? (await stat(source)).size : source.length;
  const zip = await (isPath ? openPromise(source, options) : fromBufferPromise(source, options));
  try {
    return { zip, ...(await judged(zip, size, limits)) };
  } catch (thrown) {
    zip.close();
    throw thrown;
  }
}

async function judged(zip: ZipFile, archiveBytes: number, limits: ArchiveLimits): Promise<Omit<OpenArchive, "zip">> {
  const files: Entry[] = [];
  const names = new Set<string>();
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    if (names.size === limits.members) throw new ZipRefusal(`at most ${limits.members} files`, `more`);
    if (names.has(name)) throw new ZipRefusal("each name once", `${shown(name)} twice`);
    names.add(name);
    requirePlain(entry);
    if (/\0/.test(name)) throw new ZipRefusal("names without zero bytes", shown(name));
    if (name.endsWith("/") || isMacsOwn(name)) continue;
    if (entry.uncompressedSize > Math.max(limits.alwaysBytes, limits.ratio * entry.compressedSize)) {
      const sizes = `${shown(name)}: ${entry.compressedSize} bytes that become ${entry.uncompressedSize}`;
      throw new ZipRefusal(`files that unpack to at most ${limits.ratio} times their size`, sizes);
    }
    bytes += entry.uncompressedSize;
    // Members may share their data: each is within bounds, and all together are not.
    if (bytes > Math.min(limits.bytes, Math.max(limits.alwaysBytes, limits.ratio * archiveBytes))) {
      throw new ZipRefusal(
        `at most ${limits.ratio} times its size, and ${limits.bytes} bytes, when it is unpacked`,
        `${archiveBytes} bytes that become more`,
      );
    }
    files.push(entry);
  }
  return { files, bytes };
}

/** APPNOTE.TXT, 4.4.15: Unix systems keep the file's mode in the upper half of its attributes. */
function requirePlain(entry: Entry): void {
  const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
  const plain = [0, 0o100000, 0o040000];
  if (!plain.includes(kind))
    throw new ZipRefusal("files and folders only", `${shown(entry.fileName)}, a link or device`);
  if (entry.isEncrypted()) throw new ZipRefusal("files without a password", `${shown(entry.fileName)}, which has one`);
}

const isMacsOwn = (name: string): boolean =>
  name.split("/").some((part) => part === "__MACOSX" || part === ".DS_Store" || part.startsWith("._"));

/** A member's name in a message: short, on one line. */
export const shown = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
