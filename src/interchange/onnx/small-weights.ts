// Kernels in fewer bytes than float32: IEEE half precision, and whole numbers of 8 bits with a scale per output channel.
import { product } from "../../model/shapes.js";
import type { HostTensor } from "../../model/weights.js";

/** Each value as the nearest half (ties to even), its 16 bits; beyond 65,504 the largest half, not infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, halfBits);
}

function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // not a number stays so
  if (magnitude >= 0x477ff000) return sign | 0x7bff; // from 65,520 on
  if (magnitude < 0x33000001) return sign; // up to 2^-25
  const exponent = magnitude >>> 23;
  if (exponent >= 113) return sign | rounded(magnitude - (112 << 23), 13); // normal: exponent bias 127 -> 15
  return sign | rounded((magnitude & 0x7fffff) | 0x800000, 126 - exponent); // subnormal: units of 2^-24
}

/** `value` / 2^`shift`, ties to even. */
function rounded(value: number, shift: number): number {
  const half = 1 << (shift - 1);
  const whole = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  return rest > half || (rest === half && whole % 2 === 1) ? whole + 1 : whole;
}

export interface Quantized {
  readonly values: Int8Array;
  /** Of the kernel's rank, 1 but on the channel axis: value = whole number * scale. */
  readonly scale: HostTensor;
}

/** Each output channel's largest magnitude becomes 127. */
export function quantized({ shape, data }: HostTensor, channelAxis: number): Quantized {
  const channels = shape[channelAxis] as number;
  const inner = product(shape.slice(channelAxis + 1));
  const channelOf = (i: number) => Math.floor(i / inner) % channels;
  const scale = new Float32Array(channels);
  for (const [i, value] of data.entries()) {
    const channel = channelOf(i);
    scale[channel] = Math.max(scale[channel] as number, Math.abs(value) / 127);
  }
  const values = Int8Array.from(data, (value, i) => Math.round(value / (scale[channelOf(i)] || 1)));
  return { values, scale: { shape: shape.map((_, axis) => (axis === channelAxis ? channels : 1)), data: scale } };
}
