// Makes the checksums of a damaged PNG right again, so that the damage is met by more than the checksum test.
import { crc32 } from "node:zlib";

const signatureBytes = 8;

/** Changes `bytes` in place: every chunk whose length fits gets the CRC of its type and data. */
export function repairPngChecksums(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = signatureBytes; at + 12 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
  return bytes;
}
