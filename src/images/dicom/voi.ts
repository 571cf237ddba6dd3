// Which values of interest a picture shows (PS3.3 C.11.2): the first VOI LUT of the file, else its first window, else
// 8-bit values as they are, else a window from the values themselves. What was chosen is told, what was broken too.
import type { ImageWarning } from "../image-warning.js";
import type { Attributes } from "./attributes.js";
import { automaticWindow, type Histogram } from "./automatic-window.js";
import { type InputRange, lookUp, readVoiLookupTable } from "./lookup-table.js";
import type { Modality } from "./modality.js";
import { applyWindow, isValidWindow, type Window, windowFunctions } from "./window.js";

/** What was chosen. Files may hold several of a kind: it is always the one at index 0. */
export type VoiChoice =
  | { readonly kind: "lut"; readonly index: 0 }
  | { readonly kind: "window"; readonly index: 0; readonly window: Window; readonly of: number }
  | { readonly kind: "full-range" }
  | { readonly kind: "automatic"; readonly window: Window };

export interface Voi {
  readonly choice: VoiChoice;
  /** Share of the display's range, 0..1, for a value after the modality transformation. */
  apply(value: number): number;
  readonly warnings: readonly ImageWarning[];
}

export interface VoiInputs {
  readonly modality: Modality;
  /** Range of the values after the modality transformation. */
  readonly range: InputRange;
  readonly bitsStored: number;
  readonly isSigned: boolean;
  readonly isPadding: (stored: number) => boolean;
  histogram(): Histogram;
}

export function chooseVoi(attributes: Attributes, inputs: VoiInputs): Voi {
  const warnings: ImageWarning[] = [];
  const item = attributes.firstItem("VOILUTSequence");
  if (item !== undefined) {
    const table = readVoiLookupTable(item, inputs.range);
    if (table !== undefined) {
      const largest = 2 ** table.bits - 1;
      return { choice: { kind: "lut", index: 0 }, apply: (value) => lookUp(table, value) / largest, warnings };
    }
    warnings.push({
      code: "VOI_LUT_INVALID",
      message: "The file has a VOI LUT whose descriptor and data do not fit; it was left out.",
    });
  }
  const window = readWindow(attributes, warnings);
  if (window !== undefined) {
    const of = attributes.decimals("WindowCenter").length;
    return { choice: { kind: "window", index: 0, window, of }, apply: (value) => applyWindow(window, value), warnings };
  }
  if (inputs.bitsStored <= 8 && !inputs.isSigned && inputs.modality.kind === "identity") {
    const largest = 2 ** inputs.bitsStored - 1;
    return { choice: { kind: "full-range" }, apply: (value) => value / largest, warnings };
  }
  const automatic = automaticWindow(inputs.histogram(), inputs.isPadding, inputs.modality.apply);
  warnings.push({
    code: "WINDOW_AUTOMATIC",
    message:
      "The file has no usable VOI LUT or window; the range of its own grey values was shown, without the 0.5 % at each end.",
  });
  return {
    choice: { kind: "automatic", window: automatic },
    apply: (value) => applyWindow(automatic, value),
    warnings,
  };
}

function readWindow(attributes: Attributes, warnings: ImageWarning[]): Window | undefined {
  if (!attributes.has("WindowCenter") && !attributes.has("WindowWidth")) return undefined;
  const [center = Number.NaN] = attributes.decimals("WindowCenter");
  const [width = Number.NaN] = attributes.decimals("WindowWidth");
  const name = attributes.text("VOILUTFunction") || "LINEAR";
  const shape = windowFunctions.find((known) => known === name);
  if (shape === undefined) {
    warnings.push({ code: "WINDOW_INVALID", message: "The file names an unknown window function; LINEAR was taken." });
  }
  const window: Window = { function: shape ?? "LINEAR", center, width };
  if (isValidWindow(window)) return window;
  warnings.push({ code: "WINDOW_INVALID", message: "The file has a window that is none; it was left out." });
  return undefined;
}
