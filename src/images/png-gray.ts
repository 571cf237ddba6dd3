// RGB samples of a PNG to 8-bit grey with libpng's arithmetic (png_do_rgb_to_gray of pngrtran.c, its tables of png.c), as
// OpenCV asks for it: weights 0.299 and 0.587, in linear light where the file says how it is encoded. Node and browsers.
import type { PngFile } from "./png-file.js";

/** Weights in 1/32768. */
const [red, green, blue] = [9797, 19_234, 3737];
/** Fixed point 1. */
const one = 100_000;

/** 8-bit samples of a whole image, [h, w, channels] -> [h, w]. */
export function pngGray(samples: Uint8Array, channels: number, file: PngFile): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(samples.length / channels);
  grayWriter(file, channels, 8)(samples, result.length, result, 0, 1);
  return result;
}

/** Writes the grey of `count` pixels to `into`, from place `start` on, `step` places apart. */
export type GrayWriter = (
  samples: Uint8Array | Uint16Array,
  count: number,
  into: Uint8Array,
  start: number,
  step: number,
) => void;

/** Grey as it is, RGB weighed; 16-bit values end as their high byte; alpha is dropped. @param bits of a sample as given: 8 at most, or 16 */
export function grayWriter(file: PngFile, channels: number, bits: number): GrayWriter {
  const shift = bits === 16 ? 8 : 0;
  if (channels <= 2) {
    return (samples, count, into, start, step) => {
      for (let i = 0, at = 0, to = start; i < count; i++, at += channels, to += step) {
        into[to] = (samples[at] as number) >> shift;
      }
    };
  }
  // libpng leaves the values alone where the exponent is within 5 % of 1.
  const isLinear = file.gamma === 0 || !isSignificant(file.gamma);
  const weigh = bits === 16 ? weighing16(file, isLinear) : weighing8(file, isLinear);
  return (samples, count, into, start, step) => {
    for (let i = 0, at = 0, to = start; i < count; i++, at += channels, to += step) {
      into[to] = weigh(samples[at] as number, samples[at + 1] as number, samples[at + 2] as number) >> shift;
    }
  };
}

type Weighing = (r: number, g: number, b: number) => number;

function weighing8({ gamma }: PngFile, isLinear: boolean): Weighing {
  if (isLinear) return (r, g, b) => (r === g && r === b ? r : (red * r + green * g + blue * b) >> 15);
  const screen = reciprocal(gamma);
  const [toLinear, fromLinear] = [table8(reciprocal(gamma)), table8(screen > 0 ? reciprocal(screen) : gamma)];
  const light = (value: number) => toLinear[value] as number;
  return (r, g, b) => {
    if (r === g && r === b) return r;
    return fromLinear[(red * light(r) + green * light(g) + blue * light(b) + 16_384) >> 15] as number;
  };
}

function weighing16({ gamma, significantBits }: PngFile, isLinear: boolean): Weighing {
  if (isLinear) return (r, g, b) => (r === g && r === b ? r : (red * r + green * g + blue * b + 16_384) >>> 15);
  const unused = significantBits > 0 && significantBits < 16 ? 16 - significantBits : 0;
  const shift = Math.min(Math.max(unused, 5), 8); // PNG_MAX_GAMMA_8: 11 bits are kept where 8 are wanted
  const screen = reciprocal(gamma);
  const toLinear = table16(reciprocal(gamma), shift);
  const fromLinear = table16(screen > 0 ? reciprocal(screen) : gamma, shift);
  const whole = table16to8(screen > 0 ? product(gamma, screen) : one, shift);
  const light = (value: number) => toLinear[value >> shift] as number;
  return (r, g, b) => {
    if (r === g && r === b) return whole[r >> shift] as number;
    const mixed = (red * light(r) + green * light(g) + blue * light(b) + 16_384) >>> 15;
    return fromLinear[mixed >> shift] as number;
  };
}

const isSignificant = (gamma: number) => Math.abs(gamma - one) > 5000;
const round = (value: number) => Math.floor(value + 0.5);
/** png_reciprocal and png_product2; 0 on overflow. */
const inRange = (value: number) => (value <= 2_147_483_647 ? value : 0);
const reciprocal = (value: number) => inRange(round(1e10 / value));
const product = (a: number, b: number) => inRange(round(a * 1e-5 * b));
const power = (share: number, gamma: number) => share ** (gamma * 0.00001);

/** png_build_8bit_table */
function table8(gamma: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, i) => (isSignificant(gamma) ? round(255 * power(i / 255, gamma)) : i));
}

/** png_build_16bit_table, indexed by the value without its lowest `shift` bits. */
function table16(gamma: number, shift: number): Uint16Array {
  const max = (1 << (16 - shift)) - 1;
  return Uint16Array.from({ length: max + 1 }, (_, i) =>
    isSignificant(gamma) ? round(65_535 * power(i / max, gamma)) : Math.floor((i * 65_535 + (1 << (15 - shift))) / max),
  );
}

/** png_build_16to8_table: the nearest of the 256 values, times 257. */
function table16to8(gamma: number, shift: number): Uint16Array {
  const max = (1 << (16 - shift)) - 1;
  const result = new Uint16Array(max + 1).fill(65_535);
  for (let value = 0, from = 0; value < 255; value++) {
    const boundary = round(65_535 * power((value * 257 + 128) / 65_535, gamma));
    const end = Math.floor((boundary * max + 32_768) / 65_535) + 1;
    if (end > from) result.fill(value * 257, from, end);
    from = Math.max(from, end);
  }
  return result;
}
