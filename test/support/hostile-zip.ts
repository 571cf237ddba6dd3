// Zip archives that no program writes: fields of the central directory changed, and members that share their data.
import { zipSync } from "fflate";

/** APPNOTE.TXT, 4.3.12. */
const entrySignature = Buffer.from([0x50, 0x4b, 0x01, 0x02]);

/** A copy in which the first entry of the central directory is changed; offsets as in APPNOTE.TXT. */
export function withEntry(zip: Uint8Array, change: (entry: Buffer) => void): Buffer {
  const copy = Buffer.from(zip);
  change(copy.subarray(copy.indexOf(entrySignature)));
  return copy;
}

/** David Fifield's idea: every name stands for the same data, so that each alone is a modest file. */
export function overlappingBomb(names: number): Buffer {
  const single = Buffer.from(zipSync({ "00000.png": Buffer.alloc(1_000_000, "abcdefghij0123456789") }));
  const start = single.indexOf(entrySignature);
  const end = single.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const entry = single.subarray(start, end);
  const entries = Array.from({ length: names }, (_, i) => {
    const copy = Buffer.from(entry);
    copy.write(String(i).padStart(5, "0"), 46, "latin1");
    return copy;
  });
  const tail = Buffer.from(single.subarray(end));
  tail.writeUInt16LE(names, 8);
  tail.writeUInt16LE(names, 10);
  tail.writeUInt32LE(names * entry.length, 12);
  return Buffer.concat([single.subarray(0, start), ...entries, tail]);
}
