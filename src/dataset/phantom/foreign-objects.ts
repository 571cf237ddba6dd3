// Things on a radiograph that say nothing about the lungs: side markers, electrode leads. Drawn with the same chances
// for every finding.
import type { Random } from "../../core/random.js";
import { markerLetters } from "../../images/marker-letters.js";
import type { Canvas } from "./canvas.js";

/** Densities, [height, width]. */
interface Plate {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A lead letter in a corner, on some images. */
export function addMarker(canvas: Plate, random: Random): void {
  if (random.uniform() < 0.3) return;
  const isRight = random.uniform() < 0.5;
  const rows = markerLetters[isRight ? "R" : "L"];
  const cell = Math.max(2, Math.round(canvas.width / random.uniform(90, 130)));
  const left = Math.round(canvas.width * (isRight ? random.uniform(0.03, 0.1) : random.uniform(0.84, 0.9)));
  const top = Math.round(canvas.height * random.uniform(0.05, 0.2));
  const density = random.uniform(0.8, 1);
  for (let y = 0; y < rows.length * cell; y++) {
    for (let x = 0; x < 5 * cell; x++) {
      if (rows[Math.floor(y / cell)]?.[Math.floor(x / cell)] !== "1") continue;
      const [column, row] = [left + x, top + y];
      if (column < canvas.width && row < canvas.height) canvas.data[row * canvas.width + column] = density;
    }
  }
}

/** Curved electrode leads and their pads, on some images. */
export function addLeads(canvas: Canvas, random: Random): void {
  if (random.uniform() < 0.65) return;
  for (let n = 1 + random.integer(2); n > 0; n--) {
    let x = random.uniform(-0.6, 0.6);
    let y = random.uniform(-0.4, 0.5);
    canvas.addBlob(x, y, 0.03, random.uniform(0.1, 0.25));
    let angle = random.uniform(0, 2 * Math.PI);
    const bend = random.normal(0, 0.12);
    for (let i = 0; i < 14; i++) {
      const nextX = x + 0.07 * Math.cos(angle);
      const nextY = y + 0.07 * Math.sin(angle);
      canvas.addStroke(x, y, nextX, nextY, 0.012, 0.06);
      [x, y] = [nextX, nextY];
      angle += bend + random.normal(0, 0.05);
    }
  }
}
