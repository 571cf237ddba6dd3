// The time that libvips has for one image, and what its words tell of time or memory that ran out. Node only.
import { type AppError, messageOf } from "../core/errors.js";
import { tooCostly } from "./picture-errors.js";

/**
 * Counted from when libvips opens an image, by the wall's clock, which a busy machine spends too: the largest image that
 * the limits allow takes 3 s of computing. Looked at between rows.
 */
export const stopAfter = { seconds: 60 } as const;

/** Undefined where it says anything else, which may be about the file. */
export function spentFault(name: string, thrown: unknown): AppError | undefined {
  const words = messageOf(thrown);
  const rule = "an image must be decoded in bounded time and memory";
  if (/^timeout: \d+% complete/m.test(words)) return tooCostly(name, rule, "one that takes too long", thrown);
  return /out of memory/.test(words) ? tooCostly(name, rule, "one for which there is no memory", thrown) : undefined;
}
