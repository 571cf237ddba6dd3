// CSV tables whose cells, columns, quotes and line ends are hostile.
import type { Random } from "../../../src/core/random.js";
import { changed, once, pick, reordered, withOne } from "./choose.js";

type Table = readonly (readonly string[])[];

const cells = [
  "",
  " ",
  "0",
  "1",
  "2",
  "-1",
  "NaN",
  "Infinity",
  "1e-400",
  "1e400",
  "0x10",
  "0.30000000000000004",
  "=1+1",
  "'=1+1",
  "''",
  "@a",
  '"',
  'a"b',
  "a\nb",
  "a\r\nb",
  "a,b",
  "\u0000",
  "\ufeff",
  "\ud83d\ude00",
  "__proto__",
  "constructor",
  "../x",
  "9".repeat(400),
  "x".repeat(3000),
];

export function hostileCsv(text: string, random: Random): string {
  const table: Table = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  const lineEnd = pick(random, ["\n", "\n", "\n", "\r\n", "\r", "\n\n", "\u2028"]);
  const separator = once(random, 20) ? pick(random, [";", "\t", ",,"]) : ",";
  const isQuoting = !once(random, 4);
  const lines = changed(table, random, changes, 4).map((row) =>
    row.map((cell) => quoted(cell, isQuoting)).join(separator),
  );
  const start = once(random, 12) ? "\ufeff" : "";
  return start + lines.join(lineEnd) + (once(random, 6) ? "" : lineEnd);
}

const quoted = (cell: string, isQuoting: boolean): string =>
  isQuoting && /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

const oneCell = (table: Table, random: Random): Table =>
  withOne(
    table,
    random,
    () => true,
    (row) =>
      withOne(
        row,
        random,
        () => true,
        () => pick(random, cells),
      ),
  );

const header = (table: Table, random: Random): Table => {
  const [first = [], ...rest] = table;
  return [
    once(random, 2)
      ? reordered(first, random)
      : withOne(
          first,
          random,
          () => true,
          () => pick(random, cells),
        ),
    ...rest,
  ];
};

const columns = (table: Table, random: Random): Table => {
  const at = random.integer((table[0]?.length ?? 0) + 1);
  return table.map((row) =>
    once(random, 2) ? row.filter((_, i) => i !== at) : [...row.slice(0, at), "x", ...row.slice(at)],
  );
};

const longer = (table: Table, random: Random): Table => {
  const row = pick(random, table);
  const bytes = once(random, 300) ? 1_000_000 : 10_000; // large ones take long, and teach little
  const most = Math.ceil(bytes / (row.join().length + 1));
  const copies = Math.min(most, pick(random, [1, 100, 5000]));
  return [...table, ...Array.from({ length: copies }, (_, i) => [`${row[0]}${i}`, ...row.slice(1)])];
};

const changes: readonly ((table: Table, random: Random) => Table)[] = [
  oneCell,
  oneCell,
  oneCell,
  header,
  columns,
  longer,
  reordered,
];
