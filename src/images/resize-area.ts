// The shrinking half of OpenCV's INTER_AREA: each target pixel is the mean of the source pixels under it.
import type { GrayImage } from "./gray-image.js";
import { roundHalfEven } from "./round-half-even.js";

/** Neither side may grow. Whole factors are averaged in integers, others with single-precision weights, as OpenCV does. */
export function resizeAreaDown(image: GrayImage, width: number, height: number): GrayImage {
  const isWhole = image.width % width === 0 && image.height % height === 0;
  return isWhole ? averageBlocks(image, width, height) : averageAreas(image, width, height);
}

function averageBlocks(image: GrayImage, width: number, height: number): GrayImage {
  const blockWidth = image.width / width;
  const blockHeight = image.height / height;
  const data = new Uint8Array(width * height);
  const scale = Math.fround(1 / (blockWidth * blockHeight));
  const isHalving = blockWidth === 2 && blockHeight === 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let v = 0; v < blockHeight; v++) {
        const start = (y * blockHeight + v) * image.width + x * blockWidth;
        for (let u = 0; u < blockWidth; u++) sum += image.data[start + u] as number;
      }
      data[y * width + x] = isHalving ? (sum + 2) >> 2 : roundToByte(Math.fround(sum * scale));
    }
  }
  return { width, height, data };
}

/** Source pixel, target pixel and the share of the target it covers. */
interface Share {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** computeResizeAreaTab of OpenCV's resize.cpp. */
function shares(from: number, to: number): Share[] {
  const scale = from / to;
  const result: Share[] = [];
  for (let i = 0; i < to; i++) {
    const start = i * scale;
    const end = start + scale;
    const cell = Math.min(scale, from - start);
    let first = Math.ceil(start);
    let last = Math.floor(end);
    last = Math.min(last, from - 1);
    first = Math.min(first, last);
    if (first - start > 1e-3) result.push({ from: first - 1, to: i, weight: Math.fround((first - start) / cell) });
    for (let at = first; at < last; at++) result.push({ from: at, to: i, weight: Math.fround(1 / cell) });
    if (end - last > 1e-3) {
      const weight = Math.fround(Math.min(Math.min(end - last, 1), cell) / cell);
      result.push({ from: last, to: i, weight });
    }
  }
  return result;
}

function averageAreas(image: GrayImage, width: number, height: number): GrayImage {
  const across = shares(image.width, width);
  const data = new Uint8Array(width * height);
  const row = new Float32Array(width);
  const sum = new Float32Array(width);
  let target = 0;
  const finish = () => {
    for (let x = 0; x < width; x++) data[target * width + x] = roundToByte(sum[x] as number);
    sum.fill(0);
  };
  for (const share of shares(image.height, height)) {
    if (share.to !== target) finish();
    target = share.to;
    row.fill(0);
    const start = share.from * image.width;
    for (const part of across) {
      row[part.to] = (row[part.to] as number) + Math.fround((image.data[start + part.from] as number) * part.weight);
    }
    for (let x = 0; x < width; x++) sum[x] = (sum[x] as number) + Math.fround((row[x] as number) * share.weight);
  }
  finish();
  return { width, height, data };
}

function roundToByte(value: number): number {
  return Math.min(255, Math.max(0, roundHalfEven(value)));
}
