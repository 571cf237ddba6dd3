import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { wrapSvg } from "./figures/plot-svg.js";
import { imageDataUri, svgToPng } from "./png.js";

/** Pixels darker than mid-grey in the upper 30 CSS pixels, where a figure's heading stands. */
async function darkPixels(png: Uint8Array, zoom: number): Promise<number> {
  const { data, info } = await sharp(png)
    .flatten({ background: "#fff" })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data.subarray(0, info.width * info.channels * 30 * zoom).filter((value) => value < 128).length;
}

test("a figure becomes a PNG of its size times the zoom, its words drawn with the shipped font", async () => {
  const frame = { description: "d", width: 200, height: 100 };
  const png = svgToPng(wrapSvg({ ...frame, heading: "Heading" }, ""), 2);
  const { width, height, format } = await sharp(png).metadata();
  assert.deepEqual([width, height, format], [400, 200, "png"]);
  assert.ok((await darkPixels(png, 2)) > 300, "the heading's letters are missing");
  assert.equal(await darkPixels(svgToPng(wrapSvg({ ...frame, heading: "" }, ""), 2), 2), 0);
});

test("an image becomes a small grey JPEG that shows the same picture", async () => {
  const [width, height] = [300, 200];
  const data = Uint8Array.from({ length: width * height }, (_, i) => ((i % width) / width) * 255);
  const uri = await imageDataUri({ width, height, data }, 150);
  assert.match(uri, /^data:image\/jpeg;base64,[A-Za-z0-9+/]+=*$/);
  const jpeg = Buffer.from(uri.slice(uri.indexOf(",") + 1), "base64");
  assert.equal((await sharp(jpeg).metadata()).channels, 1);
  const { data: back, info } = await sharp(jpeg).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [150, 100, 1]);
  // Quality 82 and the resize leave a smooth ramp within a few grey levels.
  for (const x of [10, 75, 140]) assert.ok(Math.abs((back[50 * 150 + x] as number) - (x / 150) * 255) < 6);
});
