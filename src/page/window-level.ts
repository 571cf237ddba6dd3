// Window and level of 8-bit pixels: which grey levels are spread over the screen's range. For looking only; what the model
// gets is never changed by it.

/** Grey levels. Half the window lies on each side of the level. */
export interface WindowLevel {
  /** 1..510 */
  readonly window: number;
  /** 0..255 */
  readonly level: number;
}

/** Pixels as they are. */
export const fullWindow: WindowLevel = { window: 255, level: 127.5 };

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** The same within its bounds, in whole and half grey levels. */
export function boundedWindow({ window, level }: WindowLevel): WindowLevel {
  return { window: clamp(Math.round(window), 1, 510), level: clamp(Math.round(2 * level) / 2, 0, 255) };
}

/** As radiology viewers do it: right widens the window, down lowers the level (brightens). One pixel is one grey level. */
export function draggedWindow(start: WindowLevel, deltaX: number, deltaY: number): WindowLevel {
  return boundedWindow({ window: start.window + deltaX, level: start.level - deltaY });
}

/** The window between the 1st and the 99th percentile of the pixels. */
export function percentileWindow(data: Uint8Array): WindowLevel {
  const histogram = new Uint32Array(256);
  for (const value of data) histogram[value] = (histogram[value] as number) + 1;
  const at = (share: number) => {
    let seen = 0;
    for (let value = 0; value < 256; value++) {
      seen += histogram[value] as number;
      if (seen >= share * data.length) return value;
    }
    return 255;
  };
  const low = at(0.01);
  const high = at(0.99);
  return high <= low ? fullWindow : boundedWindow({ window: high - low, level: (low + high) / 2 });
}

/** Grey level in -> grey level on the screen, for all 256. */
export function windowTable({ window, level }: WindowLevel, polarity: "as stored" | "inverted"): Uint8Array {
  const low = level - window / 2;
  return Uint8Array.from({ length: 256 }, (_, value) => {
    const shown = clamp(Math.round((255 * (value - low)) / window), 0, 255);
    return polarity === "inverted" ? 255 - shown : shown;
  });
}
