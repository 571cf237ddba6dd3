// Text cells of CSV files that a spreadsheet would run as a formula (they begin with = + - @ or a control character, see
// OWASP "CSV Injection") get an apostrophe before them; reading takes exactly that apostrophe away again.

/** Text that a spreadsheet may take for a formula, already disarmed text included, so that the way back is unambiguous. */
const formulaLike = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** The cell to write for a text. */
export const disarmFormula = (text: string): string => (formulaLike.test(text) ? `'${text}` : text);

/** The text of a cell that `disarmFormula` wrote. */
export const rearmFormula = (cell: string): string =>
  cell.startsWith("'") && formulaLike.test(cell) ? cell.slice(1) : cell;
