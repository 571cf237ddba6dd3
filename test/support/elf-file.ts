// What a shared object for 64-bit little-endian Linux says of its own protection. Source: elf(5) and the System V ABI.

export interface ElfProtection {
  /** The stack may hold code. */
  readonly hasExecutableStack: boolean;
  /** Tables of addresses are read-only once they are filled (PT_GNU_RELRO) … */
  readonly hasRelro: boolean;
  /** … and filled when the object is loaded (DF_BIND_NOW). */
  readonly bindsNow: boolean;
  /** Memory that is writable and executable at once. */
  readonly hasWritableCode: boolean;
}

const segment = { load: 1, dynamic: 2, gnuStack: 0x6474e551, gnuRelro: 0x6474e552 } as const;
const [executable, writable] = [1, 2];
const dynamic = { flags: 30n, flags1: 0x6ffffffbn } as const;

/** Throws for any other file. */
export function elfProtection(bytes: Buffer): ElfProtection {
  const isElf64 = bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;
  if (!isElf64) throw new Error("no 64-bit little-endian ELF file");
  const start = Number(bytes.readBigUInt64LE(32));
  const [size, count] = [bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  const segments = Array.from({ length: count }, (_, i) => {
    const at = start + i * size;
    return {
      type: bytes.readUInt32LE(at),
      flags: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      bytes: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
  const of = (type: number) => segments.find((one) => one.type === type);
  return {
    hasExecutableStack: ((of(segment.gnuStack)?.flags ?? executable) & executable) !== 0,
    hasRelro: of(segment.gnuRelro) !== undefined,
    bindsNow: bindsNow(bytes, of(segment.dynamic)),
    hasWritableCode: segments.some(
      ({ type, flags }) => type === segment.load && (flags & 3) === (executable | writable),
    ),
  };
}

function bindsNow(bytes: Buffer, part: { readonly offset: number; readonly bytes: number } | undefined): boolean {
  if (part === undefined) return false;
  for (let at = part.offset; at < part.offset + part.bytes; at += 16) {
    const [tag, value] = [bytes.readBigInt64LE(at), bytes.readBigUInt64LE(at + 8)];
    if (tag === dynamic.flags && (value & 8n) !== 0n) return true;
    if (tag === dynamic.flags1 && (value & 1n) !== 0n) return true;
  }
  return false;
}
