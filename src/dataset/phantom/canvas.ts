// A single-precision image in body coordinates: soft strokes and blobs are added to it. The pose (shift, turn, zoom) is
// applied here, so anatomy never thinks in pixels.
import type { Random } from "../../core/random.js";

/** How a patient lies on the detector. */
export interface Pose {
  readonly shiftX: number;
  readonly shiftY: number;
  /** Radians. */
  readonly turn: number;
  readonly zoomX: number;
  readonly zoomY: number;
}

export class Canvas {
  readonly width: number;
  readonly height: number;
  /** [height, width]. */
  readonly data: Float32Array;
  readonly #cos: number;
  readonly #sin: number;
  readonly #pose: Pose;

  constructor(width: number, height: number, pose: Pose) {
    this.width = width;
    this.height = height;
    this.data = new Float32Array(width * height);
    this.#pose = pose;
    this.#cos = Math.cos(pose.turn);
    this.#sin = Math.sin(pose.turn);
  }

  /** Calls `visit` with each pixel's index and its place in the body. */
  forEach(visit: (index: number, x: number, y: number) => void): void {
    const { shiftX, shiftY, zoomX, zoomY } = this.#pose;
    for (let row = 0; row < this.height; row++) {
      const v = (2 * (row + 0.5)) / this.height - 1 - shiftY;
      for (let column = 0; column < this.width; column++) {
        const u = (2 * (column + 0.5)) / this.width - 1 - shiftX;
        const x = (this.#cos * u + this.#sin * v) / zoomX;
        const y = (this.#cos * v - this.#sin * u) / zoomY;
        visit(row * this.width + column, x, y);
      }
    }
  }

  /** Adds `strength * exp(-d^2 / 2)` around a place of the body, d in radii; `stretch` lengthens one axis. */
  addBlob(x: number, y: number, radius: number, strength: number, stretch = 1, angle = 0): void {
    const { shiftX, shiftY, zoomX, zoomY } = this.#pose;
    const u = this.#cos * x * zoomX - this.#sin * y * zoomY + shiftX;
    const v = this.#sin * x * zoomX + this.#cos * y * zoomY + shiftY;
    const centreX = ((u + 1) * this.width) / 2 - 0.5;
    const centreY = ((v + 1) * this.height) / 2 - 0.5;
    const perX = 2 / (this.width * zoomX * radius);
    const perY = 2 / (this.height * zoomY * radius);
    const reach = 3 * stretch;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const top = Math.max(0, Math.ceil(centreY - reach / perY));
    const bottom = Math.min(this.height - 1, Math.floor(centreY + reach / perY));
    const left = Math.max(0, Math.ceil(centreX - reach / perX));
    const right = Math.min(this.width - 1, Math.floor(centreX + reach / perX));
    for (let row = top; row <= bottom; row++) {
      const dy = (row - centreY) * perY;
      for (let column = left; column <= right; column++) {
        const dx = (column - centreX) * perX;
        const along = (cos * dx + sin * dy) / stretch;
        const across = cos * dy - sin * dx;
        const squared = along * along + across * across;
        if (squared > 9) continue;
        const at = row * this.width + column;
        this.data[at] = (this.data[at] as number) + strength * Math.exp(-squared / 2);
      }
    }
  }

  /** A soft line between two places of the body. */
  addStroke(x0: number, y0: number, x1: number, y1: number, radius: number, strength: number): void {
    const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / (1.2 * radius)));
    for (let i = 0; i <= steps; i++) {
      const t = i / steps;
      this.addBlob(x0 + t * (x1 - x0), y0 + t * (y1 - y0), radius, strength);
    }
  }
}

/** Smooth random values in about -1..1 over the image, `cells` bumps along its longer side. */
export function smoothNoise(width: number, height: number, cells: number, random: Random): Float32Array {
  const columns = Math.ceil((cells * width) / Math.max(width, height)) + 2;
  const rows = Math.ceil((cells * height) / Math.max(width, height)) + 2;
  const grid = Float32Array.from({ length: columns * rows }, () => random.uniform(-1, 1));
  const step = cells / Math.max(width, height);
  const result = new Float32Array(width * height);
  const ease = (t: number) => t * t * (3 - 2 * t);
  const at = (row: number, column: number) => grid[row * columns + column] as number;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y * step);
    const down = ease(y * step - row);
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x * step);
      const across = ease(x * step - column);
      const top = at(row, column) + across * (at(row, column + 1) - at(row, column));
      const bottom = at(row + 1, column) + across * (at(row + 1, column + 1) - at(row + 1, column));
      result[y * width + x] = top + down * (bottom - top);
    }
  }
  return result;
}
