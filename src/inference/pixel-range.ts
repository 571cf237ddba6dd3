// What the pixels of a file by others are scaled to: such files do not say.
import { imageNetScaling, type PixelScaling, symmetricScaling, unitScaling } from "../model/zoo/zoo-entry.js";

/** What a model's input takes grey values as; "imagenet" is ImageNet's mean and deviation per channel, -1024..1024 torchxrayvision's. */
export const pixelRanges = ["0..1", "-1..1", "imagenet", "0..255", "-1024..1024"] as const;
/** One of `pixelRanges`. */
export type PixelRange = (typeof pixelRanges)[number];

export const scalingOf: Readonly<Record<PixelRange, PixelScaling>> = {
  "0..1": unitScaling,
  "-1..1": symmetricScaling,
  imagenet: imageNetScaling,
  "0..255": { title: "0 to 255", multiply: [1, 1, 1], add: [0, 0, 0] },
  "-1024..1024": sameForAll("-1024 to 1024", 2048 / 255, -1024),
};

/** A range, or a mean and a deviation of values 0..1, one or one per channel: "mean=0.5307,std=0.2583"; undefined for others. */
export function statedScaling(text: string): PixelScaling | undefined {
  if (isPixelRange(text)) return scalingOf[text];
  const [, means = "", deviations = ""] = /^mean=([\d./]+),std=([\d./]+)$/.exec(text) ?? [];
  const [mean, deviation] = [perChannel(means), perChannel(deviations)];
  if (mean === undefined || deviation === undefined || deviation.includes(0)) return undefined;
  const [first, second, third] = mean.map((value, channel) => -value / (deviation[channel] as number));
  const [red, green, blue] = deviation.map((value) => 1 / 255 / value);
  return { title: text, multiply: [red, green, blue], add: [first, second, third] } as PixelScaling;
}

const isPixelRange = (text: string): text is PixelRange => (pixelRanges as readonly string[]).includes(text);

/** "0.5" or "0.485/0.456/0.406" as three numbers. */
function perChannel(text: string): readonly number[] | undefined {
  const numbers = text.split("/").map((word) => (/^(\d+\.?\d*|\.\d+)$/.test(word) ? Number(word) : Number.NaN));
  if (!numbers.every(Number.isFinite)) return undefined;
  return numbers.length === 3
    ? numbers
    : numbers.length === 1
      ? ([numbers[0], numbers[0], numbers[0]] as number[])
      : undefined;
}

function sameForAll(title: string, multiply: number, add: number): PixelScaling {
  return { title, multiply: [multiply, multiply, multiply], add: [add, add, add] };
}
