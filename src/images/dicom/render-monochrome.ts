// Stored grey values to the 8-bit picture that a viewer shows: modality, VOI, then the inversion of MONOCHROME1 once and
// last. All steps act on single values, so they are worked out once for each possible value and looked up per pixel.
import type { ImageWarning } from "../image-warning.js";
import type { Attributes } from "./attributes.js";
import { type Histogram, paddingTest } from "./automatic-window.js";
import { readModality } from "./modality.js";
import type { PixelFormat } from "./pixel-format.js";
import type { StoredPixels } from "./stored-pixels.js";
import { chooseVoi, type VoiChoice } from "./voi.js";

export interface Rendering {
  readonly modality: "lut" | "rescale" | "identity";
  readonly voi: VoiChoice;
  readonly isInverted: boolean;
}

export interface RenderedPixels {
  /** [rows, columns], 0..255. */
  readonly data: Uint8Array;
  readonly rendering: Rendering;
  readonly warnings: readonly ImageWarning[];
}

export function renderMonochrome(stored: StoredPixels, format: PixelFormat, attributes: Attributes): RenderedPixels {
  const { bitsStored, isSigned } = format;
  const low = isSigned ? -(2 ** (bitsStored - 1)) : 0;
  const levels = 2 ** bitsStored;
  const modality = readModality(attributes, { low, high: low + levels - 1 });
  const values = Float64Array.from({ length: levels }, (_, i) => modality.apply(i + low));
  const voi = chooseVoi(attributes, {
    modality,
    range: values.reduce((range, value) => ({ low: Math.min(range.low, value), high: Math.max(range.high, value) }), {
      low: Infinity,
      high: -Infinity,
    }),
    bitsStored,
    isSigned,
    isPadding: paddingTest(attributes, isSigned),
    histogram: () => histogramOf(stored.values, low, levels),
  });
  // MONOCHROME1 and an inverse presentation LUT say the same thing (PS3.3 C.11.6.1.2): one inversion, never two.
  const isInverted = format.photometric === "MONOCHROME1" || attributes.text("PresentationLUTShape") === "INVERSE";
  const table = Uint8Array.from(values, (value) => {
    const share = Math.max(0, Math.min(1, voi.apply(value)));
    return Math.round(255 * (isInverted ? 1 - share : share));
  });
  const data = new Uint8Array(stored.values.length);
  for (let i = 0; i < data.length; i++) data[i] = table[(stored.values[i] as number) - low] as number;
  return {
    data,
    rendering: { modality: modality.kind, voi: voi.choice, isInverted },
    warnings: [...modality.warnings, ...voi.warnings],
  };
}

function histogramOf(values: StoredPixels["values"], low: number, levels: number): Histogram {
  const counts = new Uint32Array(levels);
  for (const value of values) counts[value - low] = (counts[value - low] as number) + 1;
  return { counts, low };
}
