// By what two sets of images are compared, in the order of tables. A new trait is one entry here and one number in
// run/described-images.ts: run folders, metrics.json, the terminal and reports have it.

export interface Trait {
  readonly title: string;
  /** What images with more or less of it are called in a sentence; null where another row says the same already. */
  readonly more: string | null;
  readonly less: string | null;
  /** Smaller differences come from encoding and rounding: values are told in these steps, and no set is told by less. */
  readonly step: number;
  /** Decimals in tables, where the value stands as it is; shares stand in per cent. */
  readonly digits: number;
  readonly isShare?: true;
  /**
   * Whether the two-sample test sees it. Not the size: a network sees every image in one size, and a copy in other
   * dimensions is the same to it.
   */
  readonly isTested: boolean;
}

export const traits = {
  brightness: {
    title: "Brightness (mean grey level)",
    more: "brighter",
    less: "darker",
    step: 0.5,
    digits: 0,
    isTested: true,
  },
  contrast: {
    title: "Contrast (SD of grey levels)",
    more: "richer in contrast",
    less: "poorer in contrast",
    step: 0.5,
    digits: 0,
    isTested: true,
  },
  sharpness: {
    title: "Sharpness (detail / contrast)",
    more: "sharper",
    less: "more blurred",
    step: 0.002,
    digits: 3,
    isTested: true,
  },
  black: {
    title: "Black (share of pixels)",
    more: "blacker in part",
    less: "less black",
    step: 0.005,
    digits: 1,
    isShare: true,
    isTested: true,
  },
  white: {
    title: "White (share of pixels)",
    more: "whiter in part",
    less: "less white",
    step: 0.005,
    digits: 1,
    isShare: true,
    isTested: true,
  },
  edge: {
    title: "Edges (above the rest / contrast)",
    more: "brighter at their edges",
    less: "darker at their edges",
    step: 0.02,
    digits: 2,
    isTested: true,
  },
  shape: {
    title: "Width / height",
    more: "wider in shape",
    less: "narrower in shape",
    step: 0.02,
    digits: 2,
    isTested: true,
  },
  width: {
    title: "Width (pixels)",
    more: "larger in pixels",
    less: "smaller in pixels",
    step: 8,
    digits: 0,
    isTested: false,
  },
  height: { title: "Height (pixels)", more: null, less: null, step: 8, digits: 0, isTested: false },
} as const satisfies Readonly<Record<string, Trait>>;

/** By what image sets are compared: "brightness", "contrast", … */
export type TraitName = keyof typeof traits;
export const traitNames = Object.keys(traits) as readonly TraitName[];
/** The columns of the two-sample test. */
export const testedTraits = traitNames.filter((name) => traits[name].isTested);

/** A value in whole steps of its trait. */
export function inSteps(name: TraitName, value: number): number {
  const { step } = traits[name];
  return Number((Math.round(value / step) * step).toFixed(6));
}
