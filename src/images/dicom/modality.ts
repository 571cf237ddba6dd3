// The modality transformation (PS3.3 C.11.1): stored values to values that mean something to the device, by a table or
// by a slope and an intercept.
import type { ImageWarning } from "../image-warning.js";
import type { Attributes } from "./attributes.js";
import { type InputRange, lookUp, readLookupTable } from "./lookup-table.js";

export interface Modality {
  readonly kind: "lut" | "rescale" | "identity";
  apply(stored: number): number;
  readonly warnings: readonly ImageWarning[];
}

const identity = { kind: "identity", apply: (stored: number) => stored } as const;

/** The transformation that the file asks for; one that cannot be right is left out with a warning. */
export function readModality(attributes: Attributes, inputs: InputRange): Modality {
  const item = attributes.firstItem("ModalityLUTSequence");
  if (item !== undefined) {
    const table = readLookupTable(item, inputs);
    if (table !== undefined) return { kind: "lut", apply: (stored) => lookUp(table, stored), warnings: [] };
    return { ...rescale(attributes), warnings: [invalid("a modality LUT whose descriptor and data do not fit")] };
  }
  return rescale(attributes);
}

function rescale(attributes: Attributes): Modality {
  const [slope = 1] = attributes.decimals("RescaleSlope");
  const [intercept = 0] = attributes.decimals("RescaleIntercept");
  if (!Number.isFinite(slope) || !Number.isFinite(intercept) || slope === 0) {
    return { ...identity, warnings: [invalid("a rescale slope or intercept that is no usable number")] };
  }
  if (slope === 1 && intercept === 0) return { ...identity, warnings: [] };
  return { kind: "rescale", apply: (stored) => stored * slope + intercept, warnings: [] };
}

function invalid(what: string): ImageWarning {
  return { code: "MODALITY_LUT_INVALID", message: `The file has ${what}; it was left out.` };
}
