// Makes a small uncompressed zip file in memory (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16), for tests of unpacking.
import { crc32 } from "node:zlib";

/** A zip with these names and contents, in order. */
export function storedZip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const fields = commonFields(Buffer.from(content), Buffer.byteLength(name));
    const local = Buffer.concat([u32(0x04034b50), u16(20), fields, u16(0), Buffer.from(name), Buffer.from(content)]);
    // Version made by, version needed, the fields, then lengths of extra and comment, disk, attributes, place.
    const tail = Buffer.concat([u16(0), u16(0), u16(0), u16(0), u32(0), u32(offset)]);
    directory.push(Buffer.concat([u32(0x02014b50), u16(20), u16(20), fields, tail, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const count = directory.length;
  const end = Buffer.concat([
    u32(0x06054b50),
    u16(0),
    u16(0),
    u16(count),
    u16(count),
    u32(listing.length),
    u32(offset),
    u16(0),
  ]);
  return Buffer.concat([...parts, listing, end]);
}

/** Flags, method, time, date, checksum, sizes and the name's length: the same in both headers. */
function commonFields(content: Buffer, nameLength: number): Buffer {
  const size = u32(content.length);
  return Buffer.concat([u16(0), u16(0), u16(0), u16(0x21), u32(crc32(content)), size, size, u16(nameLength)]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
