import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { Random } from "../../core/random.js";
import { encodePng } from "../encode.js";
import type { GrayImage } from "../gray-image.js";
import { readRadiograph } from "../read-radiograph.js";
import { resizeArea } from "../resize.js";
import type { Corruption } from "./corruption.js";
import { withMarker } from "./marker.js";
import { noisy } from "./noise.js";
import { moved } from "./placement.js";
import { corruptionNames, corruptions } from "./registry.js";
import { retaken } from "./retake.js";
import { blurred } from "./sharpness.js";

/** Blobs and detail, 300 x 240, as one that was read: its data may be a Buffer. */
async function picture(detail = 20): Promise<GrayImage> {
  const [width, height] = [300, 240];
  const level = (x: number, y: number) =>
    120 + 60 * Math.sin(x / 23) * Math.cos(y / 17) + detail * Math.sin((x * y) / 40);
  const data = Uint8Array.from({ length: width * height }, (_, i) => level(i % width, Math.floor(i / width)));
  return (await readRadiograph(await encodePng({ width, height, data }))).image;
}

const difference = (a: GrayImage, b: GrayImage): number => {
  const [x, y] = [a, b].map((image) => resizeArea(image, 60, 48).data) as [Uint8Array, Uint8Array];
  return x.reduce((sum, value, i) => sum + Math.abs(value - (y[i] as number)), 0) / x.length;
};

test("every corruption leaves the image that it is given, repeats itself, and grows with its amount", async () => {
  const image = await picture();
  const before = new Uint8Array(image.data);
  for (const name of corruptionNames) {
    const { amounts, apply, text }: Corruption = corruptions[name];
    assert.equal(new Set(amounts.map(text)).size, amounts.length, name);
    const sizes: number[] = [];
    for (const amount of amounts) {
      const once = await apply(image, amount, Random.of(1));
      assert.deepEqual(await apply(image, amount, Random.of(1)), once, name);
      assert.equal(once.data.length, once.width * once.height, name);
      sizes.push(difference(image, once));
    }
    // Of the frame more is seen, the more there is of it.
    const grows = name === "onlyFrame" ? sizes.toReversed() : sizes;
    assert.ok(
      grows.every((size, i) => size > (i === 0 ? 0 : (grows[i - 1] as number))),
      `${name}: ${sizes}`,
    );
  }
  assert.deepEqual(new Uint8Array(image.data), before);
});

test("grey levels by hand: brighter, darker, less contrast about the mean, a narrower window", async () => {
  const image: GrayImage = { width: 4, height: 1, data: Uint8Array.of(0, 100, 150, 250) }; // mean 125
  const levels = async (name: "brighter" | "darker" | "lessContrast" | "narrowerWindow", amount: number) => [
    ...(await corruptions[name].apply(image, amount, Random.of(1))).data,
  ];
  assert.deepEqual(await levels("brighter", 0.2), [51, 151, 201, 255]);
  assert.deepEqual(await levels("darker", 0.2), [0, 49, 99, 199]);
  assert.deepEqual(await levels("lessContrast", 0.2), [100, 120, 130, 150]);
  assert.deepEqual(await levels("narrowerWindow", 0.5), [0, 72, 172, 255]); // 127.5 + 2 (level - 127.5), a half to even
});

test("noise has the standard deviation that it is asked for, and none of its own level", () => {
  const flat: GrayImage = { width: 400, height: 300, data: new Uint8Array(120_000).fill(128) };
  const { data } = noisy(flat, 0.08, Random.of(1));
  const mean = data.reduce((sum, level) => sum + level, 0) / data.length;
  const deviation = Math.sqrt(data.reduce((sum, level) => sum + (level - mean) ** 2, 0) / data.length);
  assert.ok(Math.abs(mean - 128) < 0.3, `${mean}`);
  assert.ok(Math.abs(deviation - 0.08 * 255) < 0.3, `${deviation}`);
});

test("a blurred edge is as wide as its Gaussian", async () => {
  const [width, height] = [120, 40];
  const data = Uint8Array.from({ length: width * height }, (_, i) => (i % width < 60 ? 0 : 255));
  const soft = await blurred({ width, height, data }, 4);
  // One standard deviation from the edge 15.9 % of the step is left: 40 of 255; pixels lie half a pixel off.
  const row = soft.data.subarray(20 * width, 21 * width);
  const at = ((row[55] as number) + (row[56] as number)) / 2;
  assert.ok(Math.abs(at - 255 * 0.1587) < 3, `${at}`);
});

test("an image is shifted by whole pixels exactly, and turned as libvips turns it", async () => {
  const image = await picture(0);
  const { width, height, data } = image;
  const shifted = moved(image, { degrees: 0, right: 3, down: 2 });
  assert.equal(shifted.data[10 * width + 20], data[8 * width + 17]);
  assert.equal(shifted.data[0], 0);
  const turned = moved(image, { degrees: 10, right: 0, down: 0 });
  const whole = sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .rotate(-10);
  const canvas = await whole.raw().toBuffer({ resolveWithObject: true });
  const [left, top] = [canvas.info.width - width, canvas.info.height - height].map((more) => Math.round(more / 2));
  let [sum, count] = [0, 0];
  for (let y = 60; y < height - 60; y++) {
    for (let x = 60; x < width - 60; x++) {
      const other = canvas.data[(y + (top as number)) * canvas.info.width + x + (left as number)] as number;
      sum += Math.abs(other - (turned.data[y * width + x] as number));
      count++;
    }
  }
  assert.ok(sum / count < 1, `${sum / count}`); // bicubic, and half a pixel elsewhere; the other way round it is 23
});

test("a marker lies in its corner alone, and a mask covers what it says", async () => {
  const black: GrayImage = { width: 200, height: 100, data: new Uint8Array(20_000) };
  const marked = withMarker(black, "top right", 0.14);
  const places = [...marked.data.keys()].filter((i) => marked.data[i] === 255);
  assert.equal(places.length, 11 * 2 * 2); // the dots of an L, each 2 x 2
  assert.ok(places.every((i) => i % 200 >= 187 && i % 200 < 197 && i < 17 * 200));
  const image = await picture();
  const frame = await corruptions.onlyFrame.apply(image, 1 / 8, Random.of(1));
  const middle = await corruptions.onlyMiddle.apply(image, 1 / 8, Random.of(1));
  const [wide, high] = [38, 30]; // an eighth of 300 and 240, rounded
  for (const [i, level] of image.data.entries()) {
    const [x, y] = [i % 300, Math.floor(i / 300)];
    const isFrame = x < wide || x >= 300 - wide || y < high || y >= 240 - high;
    assert.equal(frame.data[i], isFrame ? level : 128);
    assert.equal(middle.data[i], isFrame ? 128 : level);
  }
});

test("a retake is nearly the same image, and never the same", async () => {
  const image = await picture();
  const takes = [1, 2, 3].map((take) => retaken(image, Random.of("take", take)));
  for (const take of takes) {
    const apart = difference(image, take);
    assert.ok(apart > 0.5 && apart < 25, `${apart}`);
  }
  assert.notDeepEqual(takes[0], takes[1]);
});
