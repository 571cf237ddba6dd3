// The same patient once more, a moment later: what no reader would call another image. Not a measured repeatability: the small
// differences are assumed.
import type { Random } from "../../core/random.js";
import type { GrayImage } from "../gray-image.js";
import { changedLevels } from "./grey-levels.js";
import { noisy } from "./noise.js";
import { moved } from "./placement.js";

/** At most this much, each drawn evenly: degrees, shares of a side, of the range; and the noise's standard deviation. */
export const retakeLimits = { degrees: 2, shift: 0.02, exposure: 0.03, noise: 0.01 } as const;

export function retaken(image: GrayImage, random: Random): GrayImage {
  const { degrees, shift, exposure, noise } = retakeLimits;
  const around = (most: number) => random.uniform(-most, most);
  const there = moved(image, {
    degrees: around(degrees),
    right: around(shift) * image.width,
    down: around(shift) * image.height,
  });
  const more = around(exposure);
  return noisy(
    changedLevels(there, (level) => level + more),
    noise,
    random,
  );
}
