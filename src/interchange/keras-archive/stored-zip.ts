// A zip archive whose members are stored as they are, which is how Keras writes its own: float32 weights hardly shrink.
import { crc32 } from "node:zlib";

/** Of less than 4 GiB, names in ASCII; the same members make the same bytes. PKWARE's APPNOTE.TXT, 4.3. */
export function storedZip(members: readonly (readonly [name: string, bytes: Uint8Array])[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, bytes] of members) {
    const fields = commonFields(bytes, name.length);
    const local = Buffer.concat([signature(0x04034b50), fields, Buffer.from(name, "latin1")]);
    directory.push(
      Buffer.concat([signature(0x02014b50), madeBy, fields, centralFields(offset), Buffer.from(name, "latin1")]),
    );
    parts.push(local, bytes);
    offset += local.length + bytes.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return [...parts, ...directory, signature(0x06054b50), end];
}

/** Version 2.0 of the format, Unix, whose modes are in the attributes. */
const madeBy = Buffer.from([20, 3]);

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** From the version that is needed to the length of extra fields. Stored; the first day that a zip archive can name. */
function commonFields(bytes: Uint8Array, nameLength: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x21, 8); // 1 January 1980
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(bytes.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(nameLength, 22);
  return fields;
}

/** From the length of the comment to the member's place. */
function centralFields(offset: number): Buffer {
  const fields = Buffer.alloc(14);
  fields.writeUInt32LE((0o100600 << 16) >>> 0, 6);
  fields.writeUInt32LE(offset, 10);
  return fields;
}
