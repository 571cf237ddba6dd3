// The header of a NumPy array file (.npy, NEP 1): what kind of numbers follow, and in what shape. Only whole arrays of plain
// numbers are read; an array of Python objects is a pickle, which is a program, and is refused.

/** What NumPy arrays hold, in NumPy's spelling. */
export interface NpyHeader {
  /** "|u1": unsigned bytes. */
  readonly descr: string;
  /** In C's order: the last index runs fastest. */
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly offset: number;
}

/** What is wrong with an array file, told to whoever knows its name. */
export class NpyError extends Error {
  readonly rule: string;
  readonly received: string;

  constructor(rule: string, received: string) {
    super(`${rule}. Received ${received}`);
    this.rule = rule;
    this.received = received;
  }
}

/** No header of a plain array is longer. */
export const longestNpyHeader = 65_536;

/** @param bytes the file's beginning, `longestNpyHeader` bytes or all there are. @throws NpyError */
export function readNpyHeader(bytes: Buffer): NpyHeader {
  if (bytes.toString("latin1", 0, 6) !== "\x93NUMPY") throw new NpyError("should be a NumPy array", "other bytes");
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3 || bytes.length < 12) throw new NpyError("should have a header", "an unknown version");
  // NEP 1: version 1 has two bytes of length, 2 and 3 have four.
  const start = version === 1 ? 10 : 12;
  const offset = start + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (offset > bytes.length) throw new NpyError("should have a header", "one that is cut short or too long");
  return { ...parseDictionary(bytes.toString("latin1", start, offset)), offset };
}

/** A literal of Python, as numpy.lib.format writes it: keys in alphabetical order, a comma after each value. */
function parseDictionary(text: string): Omit<NpyHeader, "offset"> {
  const pattern =
    /^\{'descr': (?<descr>'[^']*'|\[.*\]), 'fortran_order': (?<order>True|False), 'shape': \((?<shape>[\d, ]*)\),? *\}\s*$/s;
  const { descr, order, shape } = pattern.exec(text)?.groups ?? {};
  if (descr === undefined || shape === undefined) throw new NpyError("should have a header", "one that cannot be read");
  if (descr.includes("O")) {
    throw new NpyError("should hold plain numbers", "Python objects, which are programs and are never run");
  }
  if (order === "True") throw new NpyError("should be stored row by row", "an array in Fortran's order");
  const sizes = shape.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)]));
  return { descr: descr.replaceAll("'", ""), shape: sizes };
}
