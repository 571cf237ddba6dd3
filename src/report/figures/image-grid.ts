// A grid of radiographs with captions, for the PNG beside the report (in the report itself they flow as HTML).
import { escapeHtml } from "../html.js";
import { palette } from "../palette.js";
import { wrapSvg } from "./plot-svg.js";
import { shortened } from "./shortened.js";

export interface Tile {
  /** A data URI of a JPEG or PNG. */
  readonly uri: string;
  /** Lines under the image, the first one bold. */
  readonly lines: readonly string[];
  /** Width / height of the image. */
  readonly aspect: number;
}

export interface ImageGridFigure {
  readonly heading: string;
  readonly description: string;
  readonly columns: number;
  readonly tiles: readonly Tile[];
}

const tile = { side: 150, gap: 12, line: 15, margin: 4, top: 36 } as const;
/** Characters of 11 px that fit under a tile. */
const lineLength = 23;

/** Tiles row by row, images fitted into equal black squares. */
export function imageGridFigure({ heading, description, columns, tiles }: ImageGridFigure): string {
  const lines = Math.max(0, ...tiles.map((one) => one.lines.length));
  const rowHeight = tile.side + lines * tile.line + (lines > 0 ? 8 : 0) + tile.gap;
  const width = 2 * tile.margin + columns * tile.side + (columns - 1) * tile.gap;
  const height = tile.top + Math.ceil(tiles.length / columns) * rowHeight;
  const marks = tiles.map((one, i) => {
    const x = tile.margin + (i % columns) * (tile.side + tile.gap);
    const y = tile.top + Math.floor(i / columns) * rowHeight;
    return tileMarks(one, x, y);
  });
  return wrapSvg({ heading, description, width, height }, marks.join(""));
}

function tileMarks({ uri, lines, aspect }: Tile, x: number, y: number): string {
  const width = aspect >= 1 ? tile.side : tile.side * aspect;
  const height = aspect >= 1 ? tile.side / aspect : tile.side;
  const words = lines.map(
    (line, i) =>
      `<text x="${x}" y="${y + tile.side + (i + 1) * tile.line}" font-size="11" text-anchor="start" ` +
      `fill="${i === 0 ? palette.ink : palette.muted}"${i === 0 ? ' font-weight="bold"' : ""}>${escapeHtml(shortened(line, lineLength))}</text>`,
  );
  return (
    `<rect x="${x}" y="${y}" width="${tile.side}" height="${tile.side}" fill="#000"/>` +
    `<image x="${x + (tile.side - width) / 2}" y="${y + (tile.side - height) / 2}" width="${width}" height="${height}" ` +
    `href="${escapeHtml(uri)}"/>${words.join("")}`
  );
}
