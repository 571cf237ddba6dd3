// One damaged copy of a sound file: flipped bits, cuts, splices, edited lengths, repeated and missing stretches.
// The same random stream gives the same bytes, so that a finding is reproduced from its number.
import type { Random } from "../../src/core/random.js";

/** Values that lengths, counts and sizes break on. */
const extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];
/** Headers and tables stand at a file's beginning, and there damage goes deepest. */
const headBytes = 512;

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** One to four mutations of `base`; `other` is a sound file of the same kind to splice from. Never changes its arguments. */
export function mutate(base: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = base.slice();
  for (let left = 1 + random.integer(4); left > 0 && bytes.length > 0; left--) {
    bytes = (mutations[random.integer(mutations.length)] as Mutation)(bytes, random, other);
  }
  return bytes;
}

function place(bytes: Uint8Array, random: Random): number {
  const below = random.integer(2) === 0 ? Math.min(headBytes, bytes.length) : bytes.length;
  return random.integer(below);
}

function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  for (let left = 1 + random.integer(8); left > 0; left--) {
    const at = place(bytes, random);
    bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
  }
  return bytes;
}

function changeBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = place(bytes, random);
  const value = random.integer(3);
  const end = Math.min(bytes.length, at + 1 + random.integer(32));
  for (let i = at; i < end; i++) bytes[i] = value === 0 ? 0 : value === 1 ? 0xff : random.integer(256);
  return bytes;
}

/** An extreme value in 1, 2 or 4 bytes, either end first; or a number that stands there, a little changed. */
function editLength(bytes: Uint8Array, random: Random): Uint8Array {
  const width = [1, 2, 4][random.integer(3)] as number;
  if (bytes.length < width) return bytes;
  const at = Math.min(place(bytes, random), bytes.length - width);
  const isLittle = random.integer(2) === 0;
  const order = Array.from({ length: width }, (_, i) => (isLittle ? at + i : at + width - 1 - i));
  const present = order.reduce((sum, from, i) => sum + (bytes[from] as number) * 256 ** i, 0);
  const isExtreme = random.integer(3) > 0;
  const value = isExtreme ? (extremes[random.integer(extremes.length)] as number) : present + random.integer(9) - 4;
  for (const [i, to] of order.entries()) bytes[to] = Math.floor(value / 256 ** i) & 0xff;
  return bytes;
}

const cut: Mutation = (bytes, random) => bytes.slice(0, place(bytes, random));

/** The beginning of one file and the end of another. */
const splice: Mutation = (bytes, random, other) => {
  if (other.length === 0) return bytes;
  return joined(bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random)));
};

const repeat: Mutation = (bytes, random) => {
  const [start, end] = stretch(bytes, random);
  const piece = bytes.subarray(start, end);
  const copies = Array.from({ length: 1 + random.integer(4) }, () => piece);
  return joined(bytes.subarray(0, end), ...copies, bytes.subarray(end));
};

const leaveOut: Mutation = (bytes, random) => {
  const [start, end] = stretch(bytes, random);
  return joined(bytes.subarray(0, start), bytes.subarray(end));
};

function stretch(bytes: Uint8Array, random: Random): readonly [start: number, end: number] {
  const start = place(bytes, random);
  return [start, Math.min(bytes.length, start + 1 + random.integer(2 ** (1 + random.integer(11))))];
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Bits and lengths twice: their damage gets past the first test most often. */
const mutations: readonly Mutation[] = [
  flipBits,
  flipBits,
  changeBytes,
  editLength,
  editLength,
  cut,
  splice,
  repeat,
  leaveOut,
];
