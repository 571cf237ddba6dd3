// Folds texts for a terminal between words, where the terminal itself would cut a word in two. Texts for a pipe stay
// whole: what reads them wants its own lines.
import type { OutputStream } from "./terminal.js";

/** Narrower columns of text are harder to read than a cut word. */
const narrowest = 20;

/**
 * The text in lines that end before column `columns`; all but the first are set in by `indent` blanks.
 * The first is taken to begin at `indent` too. A word longer than a line stays whole.
 * @param columns undefined for a stream that is no terminal: the text stays as it is
 */
export function hangingText(text: string, indent: number, columns: number | undefined): string {
  const room = (columns ?? 0) - indent;
  if (room < narrowest || text.length <= room) return text;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}

/** How wide the terminal is; undefined for a file or a pipe. */
export const columnsOf = (stream: OutputStream): number | undefined => (stream.isTTY ? stream.columns : undefined);

/** As `hangingText` without indent, for texts of several lines: each by itself. */
export function foldedFor(stream: OutputStream, text: string): string {
  const columns = columnsOf(stream);
  return text
    .split("\n")
    .map((line) => (line.startsWith(" ") ? line : hangingText(line, 0, columns)))
    .join("\n");
}

/**
 * A help text for a narrow terminal: a paragraph in which a line is too long is set anew, an indented line (an example, an
 * option) is folded below its own beginning.
 */
export function foldedHelp(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  const isProse = (line: string | undefined) => line !== undefined && /^\S/.test(line);
  const paragraphs: string[][] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const last = paragraphs.at(-1);
    if (i > 0 && isProse(line) && isProse(last?.[0])) last?.push(line);
    else paragraphs.push([line]);
  }
  return paragraphs
    .map((lines) => {
      if (lines.every(({ length }) => length <= columns)) return lines.join("\n");
      const joined = lines.join(" ");
      const indent = joined.search(/\S|$/);
      return joined.slice(0, indent) + hangingText(joined.slice(indent), indent, columns);
    })
    .join("\n");
}
