// Layers that act in training alone and pass their input on in use.

/** `noiseShape` is what one draw decides: every value by itself, or a whole sample (Keras' `noise_shape=(None, 1, 1, 1)`). */
export interface DropoutConfig {
  readonly rate: number;
  readonly noiseShape: "values" | "samples";
}

/** The share of what is dropped, whole channels of an image or single values. */
export interface RateConfig {
  readonly rate: number;
}

export interface GaussianNoiseConfig {
  readonly stddev: number;
}

/**
 * Keras' augmentation layers whose output in use is their input. Trainings here augment images before the network, so
 * these do nothing in training either; RandomCrop is none of them, for it cuts in use too.
 */
export const randomLayerNames = [
  "RandomBrightness",
  "RandomColorDegeneration",
  "RandomColorJitter",
  "RandomContrast",
  "RandomElasticTransform",
  "RandomErasing",
  "RandomFlip",
  "RandomGaussianBlur",
  "RandomGrayscale",
  "RandomHue",
  "RandomInvert",
  "RandomPerspective",
  "RandomPosterization",
  "RandomRotation",
  "RandomSaturation",
  "RandomSharpness",
  "RandomShear",
  "RandomTranslation",
  "RandomZoom",
] as const;

export type RandomLayerName = (typeof randomLayerNames)[number];

export const isRandomLayerName = (className: string): className is RandomLayerName =>
  (randomLayerNames as readonly string[]).includes(className);

/** Narrows a layer to one of them, and where it is none, to the others. */
export const isRandomLayer = <Node extends { readonly className: string }>(
  node: Node,
): node is Extract<Node, { readonly className: RandomLayerName }> => isRandomLayerName(node.className);

type Setting = number | string | boolean | null;

/** As the file has them, in Keras' spelling: kept for whoever trains the model on in Keras. */
export interface RandomLayerConfig {
  readonly settings: Readonly<Record<string, Setting | readonly Setting[]>>;
}
