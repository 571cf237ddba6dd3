// The frame all plotted figures share: Observable Plot drawn on a server-side document, in the report's font and
// colours, with numbers rounded to three decimals so that equal input gives equal text.
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml } from "../html.js";
import { fontFamily, palette } from "../palette.js";

/** Width and height of a figure in CSS pixels: narrow enough to stay readable on a phone without zooming. */
export const figureSize = { width: 440, height: 320 } as const;

export interface FigureFrame {
  /** Printed at the top. */
  readonly heading: string;
  /** Read out by screen readers in place of the drawing: what it shows, in one or two sentences. */
  readonly description: string;
  readonly width?: number;
  readonly height?: number;
  /** Samples with names under the heading. */
  readonly legend?: readonly LegendEntry[];
}

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly sample: "line" | "dashed" | "square" | "dot" | "diamond" | "arrow";
}

/** Draws a plot as a stand-alone SVG text with a white ground. Options as Plot's own; size and fonts are set here. */
export function plotSvg(frame: FigureFrame, options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const width = frame.width ?? figureSize.width;
  const height = frame.height ?? figureSize.height;
  const drawn = Plot.plot({
    marginTop: 56,
    marginLeft: 58,
    marginBottom: 44,
    marginRight: 20,
    ...options,
    width,
    height,
    // linkedom implements the parts of the DOM that Plot uses, not the whole interface.
    document: document as unknown as NonNullable<Plot.PlotOptions["document"]>,
  });
  const inside = drawn.innerHTML.replace(/<style>[\s\S]*?<\/style>/g, "");
  return wrapSvg({ ...frame, width, height }, inside);
}

/** Puts drawn marks into a stand-alone SVG with title, font and ground. `inside` is markup, not text. */
export function wrapSvg(
  frame: FigureFrame & { readonly width: number; readonly height: number },
  inside: string,
): string {
  const { width, height } = frame;
  return roundNumbers(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `role="img" fill="${palette.ink}" color="${palette.ink}" font-family="${fontFamily}" font-size="12" text-anchor="middle">` +
      `<title>${escapeHtml(frame.description)}</title>` +
      `<rect width="${width}" height="${height}" fill="${palette.paper}"/>` +
      `<text x="4" y="20" font-size="14" font-weight="bold" text-anchor="start">${escapeHtml(frame.heading)}</text>` +
      `${legendMarks(frame.legend ?? [])}${inside}</svg>\n`,
  );
}

/** Rounds the numbers inside tags to three decimals; text between tags stays as it is. */
export function roundNumbers(svg: string): string {
  return svg.replace(/<[^>]+>/g, (tag) =>
    tag.replace(/-?\d+\.\d{4,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(3)))),
  );
}

/** Upper bound of a character's width at 12 px in the widest font of the list, DejaVu Sans. */
const characterWidth = 7.1;

function legendMarks(entries: readonly LegendEntry[]): string {
  let x = 4;
  return entries
    .map(({ name, colour, sample }) => {
      const start = x;
      x += 28 + name.length * characterWidth + 16;
      return (
        `<g>${sampleMark(start, 38, colour, sample)}` +
        `<text x="${start + 28}" y="42" text-anchor="start">${escapeHtml(name)}</text></g>`
      );
    })
    .join("");
}

function sampleMark(x: number, y: number, colour: string, sample: LegendEntry["sample"]): string {
  switch (sample) {
    case "square":
      return `<rect x="${x + 8}" y="${y - 6}" width="13" height="12" fill="${colour}"/>`;
    case "dot":
      return `<circle cx="${x + 14}" cy="${y}" r="5" fill="${colour}"/>`;
    case "diamond":
      return `<path d="M${x + 14},${y - 6}l4.5,6l-4.5,6l-4.5,-6z" stroke="${colour}" stroke-width="2" fill="none"/>`;
    case "arrow":
      return `<path d="M${x + 9},${y}l10,-6v12z" fill="${colour}"/>`;
    case "line":
    case "dashed": {
      const dash = sample === "dashed" ? ' stroke-dasharray="5,3"' : "";
      return `<path d="M${x},${y}h22" stroke="${colour}" stroke-width="2.5" fill="none"${dash}/>`;
    }
    default:
      return sample satisfies never;
  }
}
