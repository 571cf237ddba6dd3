// The same radiograph as another hospital might have framed it: cropped to between 65 and 100 % of its width and 85 and
// 100 % of its height, turned by at most 7 degrees. So that framing alone does not put an image out of scope.
import type { Random } from "../../src/core/random.js";
import type { GrayImage } from "../../src/images/gray-image.js";

/** An image of the same size, sampled bilinearly; what lies outside repeats the edge. */
export function withVariedFraming(image: GrayImage, random: Random): GrayImage {
  const { width, height } = image;
  const across = random.uniform(0.65, 1);
  const down = random.uniform(0.85, 1);
  const centreX = 0.5 + (random.uniform(-1, 1) * (1 - across)) / 4;
  const centreY = 0.5 + (random.uniform(-1, 1) * (1 - down)) / 2;
  const angle = (random.uniform(-7, 7) * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = ((y + 0.5) / height - 0.5) * down;
    for (let x = 0; x < width; x++) {
      const u = ((x + 0.5) / width - 0.5) * across;
      const sourceX = (centreX + u * cos - v * sin) * width - 0.5;
      const sourceY = (centreY + u * sin + v * cos) * height - 0.5;
      data[y * width + x] = Math.round(bilinear(image, sourceX, sourceY));
    }
  }
  return { width, height, data };
}

function bilinear({ width, height, data }: GrayImage, x: number, y: number): number {
  const inside = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
  const [left, top] = [Math.floor(inside(x, width)), Math.floor(inside(y, height))];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const [fx, fy] = [inside(x, width) - left, inside(y, height) - top];
  const at = (row: number, column: number) => data[row * width + column] as number;
  const upper = at(top, left) * (1 - fx) + at(top, right) * fx;
  const lower = at(bottom, left) * (1 - fx) + at(bottom, right) * fx;
  return upper * (1 - fy) + lower * fy;
}
