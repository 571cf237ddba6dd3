// A scored radiograph on a canvas, reddened where the model looked.
import type { GrayImage, ScoredResult } from "pneumoscope/browser";
import { useEffect, useRef } from "react";

export function Radiograph({ result: { name, image, heatMap } }: { result: ScoredResult }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || image === undefined) return;
    context.putImageData(greyPixels(image), 0, 0);
    if (heatMap == null) return;
    // One pixel per cell; drawing it larger smooths it.
    const cells = new OffscreenCanvas(heatMap.width, heatMap.height);
    const pixels = new ImageData(heatMap.width, heatMap.height);
    for (const [i, heat] of heatMap.data.entries()) pixels.data.set([255, 60, 0, 160 * heat], 4 * i);
    cells.getContext("2d")?.putImageData(pixels, 0, 0);
    context.drawImage(cells, 0, 0, image.width, image.height);
  }, [image, heatMap]);
  return <canvas ref={canvas} width={image?.width} height={image?.height} title={name} />;
}

function greyPixels({ width, height, data }: GrayImage): ImageData {
  const pixels = new ImageData(width, height);
  for (const [i, grey] of data.entries()) pixels.data.set([grey, grey, grey, 255], 4 * i);
  return pixels;
}
