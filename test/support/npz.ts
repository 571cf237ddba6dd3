// Small NumPy archives made in memory, sound and otherwise, for tests of what reads them.
import { zipSync } from "fflate";

export interface MadeUpArray {
  readonly descr?: string;
  readonly fortran?: boolean;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** NEP 1, version 1.0. */
export function npy({ descr = "'|u1'", fortran = false, shape, data }: MadeUpArray): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = fortran ? "True" : "False";
  const dictionary = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': (${tuple}), }`;
  const header = `${dictionary.padEnd(118 - 1)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, Buffer.from(header, "latin1"), data]);
}

/** Noise: images that deflate as little as real ones do. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

export const npz = (arrays: Readonly<Record<string, MadeUpArray>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, npy(array)])));

/** Images of one part with their labels. */
export const part = (split: string, labels: readonly number[], side = 28): Readonly<Record<string, MadeUpArray>> => ({
  [`${split}_images`]: { shape: [labels.length, side, side], data: noise(labels.length * side * side, labels.length) },
  [`${split}_labels`]: { shape: [labels.length, 1], data: Uint8Array.from(labels) },
});
