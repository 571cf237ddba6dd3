// SVG and grey images to PNG and JPEG. Only the font shipped with the product is used: a bare server has none, and the
// same figure must look the same everywhere.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import sharp from "sharp";
import type { ReportColourImage, ReportImage } from "./report-input.js";

const fonts = join(dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json")), "ttf");
const fontFiles = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"].map((name) => join(fonts, name));

/** Draws an SVG at `zoom` times its size (2.5: about 240 dots per inch in print). */
export function svgToPng(svg: string, zoom = 2.5): Uint8Array {
  const drawing = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles,
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
      monospaceFamily: "DejaVu Sans Mono",
    },
    fitTo: { mode: "zoom", value: zoom },
  });
  return drawing.render().asPng();
}

/** A grey image as a JPEG data URI with its longer side at most `side` pixels: a few kilobytes. */
export async function imageDataUri(image: ReportImage, side = 224): Promise<string> {
  const { width, height, data } = image;
  const encoded = await sharp(data, { raw: { width, height, channels: 1 } })
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
    .toColourspace("b-w")
    .jpeg({ quality: 82 })
    .toBuffer();
  return `data:image/jpeg;base64,${encoded.toString("base64")}`;
}

/** As `imageDataUri`, of a colour image. */
export async function colourDataUri({ width, height, data }: ReportColourImage, side = 224): Promise<string> {
  const encoded = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: 82 })
    .toBuffer();
  return `data:image/jpeg;base64,${encoded.toString("base64")}`;
}
