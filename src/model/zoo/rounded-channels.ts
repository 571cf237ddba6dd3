// How families that come in several widths round their channels: `_make_divisible` of keras.applications.

/** To a multiple of eight, at least eight, and not down by more than a tenth. */
export function roundedChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
